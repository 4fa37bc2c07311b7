/**
 * The toolkit without the page: models, trainer, metrics, media.
 *
 * @module talkingface/toolkit
 */
export { type MelSettings, type MelSpectrogram, melSpectrogram, WAV2LIP_MEL } from './audio/mel_spectrogram.ts';
export { Resampler, resample } from './audio/resample.ts';
export {
  type Backend,
  type BackendName,
  type BackendOptions,
  backendNames,
  registerBackend,
  registeredBackends,
  type StartedBackend,
  startBackend,
} from './backend/backend.ts';
export { blobSource } from './checkpoint/blob_source.ts';
export type { ByteSource } from './checkpoint/byte_source.ts';
export { bytesSource } from './checkpoint/bytes_source.ts';
export type { Checkpoint } from './checkpoint/checkpoint.ts';
export { toFloat32 } from './checkpoint/dtypes.ts';
export { openCheckpoint } from './checkpoint/open_checkpoint.ts';
export { encodeSafetensors, writeSafetensors } from './checkpoint/safetensors.ts';
export type { DType, StateDictSource, TensorData, TensorInfo } from './checkpoint/state_dict.ts';
export { urlSource } from './checkpoint/url_source.ts';
export type { Frame, VideoFrame } from './media/frame.ts';
export type {
  MediaInput,
  MediaPlatform,
  Sound,
  VideoReader,
  VideoWriter,
  VideoWriterOptions,
} from './media/media_platform.ts';
export { Wav2LipAnimator } from './model/audio_driven_talkingface/wav2lip/animator.ts';
export { Wav2LipGenerator } from './model/audio_driven_talkingface/wav2lip/generator.ts';
export { QualityDiscriminator } from './model/audio_driven_talkingface/wav2lip/quality_discriminator.ts';
export { SyncNetColor } from './model/audio_driven_talkingface/wav2lip/syncnet_color.ts';
export type { FaceAnimator } from './model/face_animator.ts';
export { heldPrecision, type Precision, type PrepareOptions } from './nn/index.ts';
export {
  type LipsyncControl,
  type LipsyncOptions,
  type LipsyncResult,
  lipsync,
  lipsyncDefaults,
} from './quick_start/lipsync.ts';
export { type QuickStartParts, type QuickStartResult, quickStart } from './quick_start/quick_start.ts';
export { UserError } from './utils/errors.ts';
export { BuiltInDetector, type ReadFaceModel } from './utils/face_detection/built_in_detector.ts';
export type { FaceBox, FaceDetector } from './utils/face_detection/face_detector.ts';
export { FaceTracker } from './utils/face_detection/face_tracker.ts';
export { S3fdDetector } from './utils/face_detection/s3fd/s3fd_detector.ts';
export { Random } from './utils/random.ts';
