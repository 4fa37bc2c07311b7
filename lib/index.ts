/**
 * Talking faces in a page: everything here is small and runs on the page's main thread, while the model runs in a
 * worker. Models, trainer and metrics by themselves are in `talkingface/toolkit`.
 *
 * @module talkingface
 */
export { forgetWeights } from './checkpoint/browser/weights_cache.ts';
export type { FfmpegFiles } from './media/browser/ffmpeg.ts';
export type { PasteStyle } from './media/paste.ts';
export type { MissingFaces, Sides } from './quick_start/lipsync.ts';
export { UserError } from './utils/errors.ts';
export { createTalkingFace } from './worker/create_talking_face.ts';
export type * from './worker/types.ts';
