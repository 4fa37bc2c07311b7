import { transferHandlers } from 'comlink';
import { UserError } from '../utils/errors.ts';

/**
 * What crosses between page and worker beside plain values: errors whole, and AbortSignals.
 * Comlink looks at arguments and results themselves, not at what is inside them.
 */

/** What comlink's own handler for thrown values recognizes. */
interface Thrown {
  readonly value: unknown;
}

/** Structured cloning keeps an error's message, stack and cause, but only the names that the language knows. */
interface SentReason {
  readonly value: unknown;
  readonly name?: string;
}

/** Teaches comlink to send them; for both sides. */
export function openBoundary(): void {
  const thrown = transferHandlers.get('throw')!;

  transferHandlers.set('throw', {
    canHandle: thrown.canHandle,
    serialize: ({ value }: Thrown) => [pack(value), []],
    deserialize: (sent: SentReason) => {
      throw unpack(sent);
    },
  });

  transferHandlers.set('AbortSignal', {
    canHandle: (value): value is AbortSignal => value instanceof AbortSignal,
    serialize(signal: AbortSignal) {
      const { port1, port2 } = new MessageChannel();
      const send = (): void => port1.postMessage(pack(signal.reason));
      if (signal.aborted) send();
      else signal.addEventListener('abort', send, { once: true });
      return [port2, [port2]];
    },
    deserialize(port: MessagePort) {
      const controller = new AbortController();
      port.onmessage = ({ data }) => {
        controller.abort(unpack(data));
        port.close();
      };
      return controller.signal;
    },
  });
}

function pack(value: unknown): SentReason {
  try {
    return { value: structuredClone(value), name: value instanceof Error ? value.name : undefined };
  } catch {
    // Something in it cannot be cloned; what it says can.
    return value instanceof Error
      ? { value: Object.assign(new Error(value.message), { stack: value.stack }), name: value.name }
      : { value: new Error(String(value)) };
  }
}

function unpack({ value, name }: SentReason): unknown {
  if (!(value instanceof Error) || name === undefined || value.name === name) return value;
  const { message, stack, cause } = value;
  const error = name === 'UserError' ? new UserError(message) : Object.assign(new Error(message), { name });
  return Object.assign(error, { stack }, cause === undefined ? {} : { cause });
}
