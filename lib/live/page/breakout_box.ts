/** What Chromium has between tracks and streams of frames (W3C "MediaStreamTrack Insertable Media Processing"). */
export interface BreakoutBox {
  readonly MediaStreamTrackProcessor?: new (init: {
    track: MediaStreamTrack;
    maxBufferSize?: number;
  }) => { readonly readable: ReadableStream<VideoFrame> };
  readonly MediaStreamTrackGenerator?: new (init: {
    kind: 'video';
  }) => MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> };
}

export const breakoutBox = (): BreakoutBox => globalThis as BreakoutBox;
