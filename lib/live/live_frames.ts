import type { LiveConnection } from './live_setup.ts';

/** The frames that the page sends, as a stream. */
export function receiveFrames(frames: LiveConnection['frames']): ReadableStream<VideoFrame> {
  if (!(frames instanceof MessagePort)) return frames;
  return new ReadableStream<VideoFrame>(
    {
      start(controller) {
        frames.onmessage = ({ data }: MessageEvent<VideoFrame | null>) => {
          if (data) controller.enqueue(data);
          else controller.close();
        };
      },
      pull: () => frames.postMessage('more'),
      // The page closes the port; a frame may be on its way.
      cancel: () => {
        frames.onmessage = ({ data }: MessageEvent<VideoFrame | null>) => data?.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A frame that is ready to leave; either must be called. */
export interface PreparedFrame {
  send(): void;
  drop(): void;
}

/** Where drawn frames go. */
export interface FrameOutlet {
  /** Takes a picture of the canvas as it is now. */
  prepare(canvas: OffscreenCanvas, timestamp: number): PreparedFrame;
  close(): Promise<void>;
}

/** Sends frames to the page, whose track they become. */
export function openOutlet(drawn: LiveConnection['drawn']): FrameOutlet {
  return drawn instanceof MessagePort ? new BitmapOutlet(drawn) : new StreamOutlet(drawn);
}

class StreamOutlet implements FrameOutlet {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;

  constructor(stream: WritableStream<VideoFrame>) {
    this.#writer = stream.getWriter();
  }

  prepare(canvas: OffscreenCanvas, timestamp: number): PreparedFrame {
    const frame = new VideoFrame(canvas, { timestamp });
    return {
      // A track that was stopped takes no more frames: its end is told elsewhere.
      send: () => void this.#writer.write(frame).catch(() => frame.close()),
      drop: () => frame.close(),
    };
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }
}

class BitmapOutlet implements FrameOutlet {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  prepare(canvas: OffscreenCanvas): PreparedFrame {
    const bitmap = canvas.transferToImageBitmap();
    return { send: () => this.#port.postMessage(bitmap, [bitmap]), drop: () => bitmap.close() };
  }

  async close(): Promise<void> {
    this.#port.close();
  }
}
