import { DeviceError, type Devices } from './problems.ts';

/** Which devices a choice of face and voice asks for. */
export function devicesFor(camera: boolean, microphone: boolean): Devices {
  if (camera && microphone) return 'bothDevices';
  return camera ? 'theCamera' : 'theMicrophone';
}

/**
 * Asks the person for their camera, microphone or both.
 *
 * @throws {DeviceError} when there is none, or the person or the system says no
 */
export async function openDevices(camera: boolean, microphone: boolean): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: camera && { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 25 }, facingMode: 'user' },
      audio: microphone && { echoCancellation: true, noiseSuppression: true },
    });
  } catch (error) {
    throw new DeviceError(error, await missingDevices(camera, microphone));
  }
}

/** Of two devices, the one that is not there; where both are, or neither, both. */
async function missingDevices(camera: boolean, microphone: boolean): Promise<Devices> {
  if (camera && microphone) {
    const kinds = (await navigator.mediaDevices?.enumerateDevices().catch(() => []))?.map(({ kind }) => kind) ?? [];
    const [hasCamera, hasMicrophone] = [kinds.includes('videoinput'), kinds.includes('audioinput')];
    if (hasCamera !== hasMicrophone) return hasCamera ? 'theMicrophone' : 'theCamera';
  }
  return devicesFor(camera, microphone);
}
