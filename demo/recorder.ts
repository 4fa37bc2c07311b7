/**
 * What browsers may record, best first: what opens everywhere comes first, but for avc3, which is H.264 whose pictures
 * may change their size on the way, as those of a slow machine do.
 */
const TYPES = [
  'video/mp4;codecs=avc3.42E01F,mp4a.40.2',
  'video/mp4;codecs=avc3.42E01F,opus',
  'video/mp4;codecs=avc1.42E01F,mp4a.40.2',
  'video/mp4;codecs=avc1.42E01F,opus',
  'video/mp4;codecs=vp9,opus',
  'video/mp4',
  'video/webm;codecs=vp9,opus',
  'video/webm',
];

/** Records tracks with the browser's own encoder, which does not occupy the page. */
export class Recorder {
  readonly #recorder: MediaRecorder;
  readonly #parts: Blob[] = [];
  readonly #started = performance.now();

  constructor(stream: MediaStream) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 4_000_000 });
    this.#recorder.addEventListener('dataavailable', ({ data }) => this.#parts.push(data));
    this.#recorder.start(1000);
  }

  /** s. */
  get duration(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Ends the recording; gives an MP4. */
  async finish(): Promise<Blob> {
    const { mimeType } = this.#recorder;
    if (this.#recorder.state !== 'inactive') {
      const stopped = new Promise((resolve) => this.#recorder.addEventListener('stop', resolve, { once: true }));
      this.#recorder.stop();
      await stopped;
    }
    const blob = new Blob(this.#parts, { type: mimeType.split(';')[0] });
    return blob.type === 'video/mp4' ? blob : toMp4(blob);
  }
}

/** The same pictures and sound in an MP4, for browsers that record WebM alone. */
async function toMp4(recording: Blob): Promise<Blob> {
  const { ALL_FORMATS, BlobSource, BufferTarget, Conversion, Input, Mp4OutputFormat, Output } = await import(
    'mediabunny'
  );
  const input = new Input({ source: new BlobSource(recording), formats: ALL_FORMATS });
  const target = new BufferTarget();
  const conversion = await Conversion.init({ input, output: new Output({ format: new Mp4OutputFormat(), target }) });
  await conversion.execute();
  return new Blob([target.buffer as ArrayBuffer], { type: 'video/mp4' });
}
