import { UserError } from '../../utils/errors.ts';
import type { FileInput } from '../../worker/types.ts';
import type { VoiceConnection } from '../live_setup.ts';

/** A voice that the worker hears, and that leaves later by as much as the worker says. */
export interface Voice {
  readonly connection: VoiceConnection;
  readonly track: MediaStreamTrack;
  /** Starts a file at its beginning; a live track is heard anyway. */
  play(): void;
  close(): Promise<void>;
}

/** s: as long as any machine that is of use takes to draw a face. */
const LONGEST_DELAY = 3;
/** s over which a change of the delay is spread, so that it does not click. */
const GLIDE = 0.1;
/** What a browser may wait for before it plays sound. */
const GESTURES = ['pointerup', 'keyup'] as const;

/** Opens a live track, which stays the caller's, or a file. Throws a `UserError` when it cannot be heard. */
export async function openVoice(audio: MediaStreamTrack | FileInput): Promise<Voice> {
  const context = new AudioContext({ latencyHint: 'interactive' });
  const resume = () => void context.resume();
  for (const gesture of GESTURES) addEventListener(gesture, resume);
  const close = async () => {
    for (const gesture of GESTURES) removeEventListener(gesture, resume);
    await context.close();
  };
  try {
    const source = audio instanceof MediaStreamTrack ? liveSource(context, audio) : await fileSource(context, audio);
    // A bundler must leave the file as it is: as part of an address it would need a laxer Content-Security-Policy.
    await context.audioWorklet.addModule(new URL('./voice_tap.js?no-inline', import.meta.url));
    const tap = new AudioWorkletNode(context, 'talkingface-voice-tap');
    const delay = new DelayNode(context, { maxDelayTime: LONGEST_DELAY });
    const out = new MediaStreamAudioDestinationNode(context);
    source.connect(tap).connect(delay).connect(out);
    const samples = new MessageChannel();
    tap.port.postMessage(samples.port1, [samples.port1]);
    const delays = new MessageChannel();
    let first = true;
    delays.port1.onmessage = ({ data: ms }: MessageEvent<number>) => {
      if (first) delay.delayTime.value = ms / 1000;
      else delay.delayTime.setTargetAtTime(ms / 1000, context.currentTime, GLIDE);
      first = false;
    };
    const [track] = out.stream.getAudioTracks();
    return {
      connection: { samples: samples.port2, sampleRate: context.sampleRate, delay: delays.port2 },
      track,
      play: () => {
        if (source instanceof AudioBufferSourceNode) source.start();
      },
      close: async () => {
        tap.port.postMessage('close');
        delays.port1.close();
        track.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function liveSource(context: AudioContext, track: MediaStreamTrack): AudioNode {
  if (track.kind !== 'audio') throw new UserError(`The voice needs a track of sound, not one of kind ${track.kind}.`);
  if (track.readyState === 'ended')
    throw new UserError('The track with the voice has ended; open the microphone again.');
  return new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) });
}

async function fileSource(context: AudioContext, file: FileInput): Promise<AudioBufferSourceNode> {
  const name = file instanceof Blob ? ((file as Partial<File>).name ?? 'The voice') : String(file);
  const data = await (file instanceof Blob ? file : await load(file)).arrayBuffer();
  const buffer = await context.decodeAudioData(data).catch(() => {
    throw new UserError(`${name} has no sound that this browser can decode; use WAV, MP3 or M4A.`);
  });
  return new AudioBufferSourceNode(context, { buffer });
}

async function load(address: string | URL): Promise<Response> {
  const response = await fetch(address).catch((error: Error) => {
    throw new UserError(`${address} cannot be loaded (${error.message}).`);
  });
  if (!response.ok) throw new UserError(`${address} cannot be loaded: the server answered ${response.status}.`);
  return response;
}
