import * as tf from '../backend/tf.ts';

/**
 * `forward(inputs)` with a gradient written by hand: `backward` gets the gradient of the result and the
 * inputs again, and returns the gradient of each input. Nothing inside either is recorded.
 */
export function customGrad<Inputs extends tf.Tensor[], Output extends tf.Tensor>(
  inputs: [...Inputs],
  forward: (...inputs: Inputs) => Output,
  backward: (dy: Output, ...inputs: Inputs) => { [K in keyof Inputs]: tf.Tensor },
): Output {
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    save(args as tf.Tensor[]);
    return {
      value: tf.tidy(() => forward(...(args as tf.Tensor[] as Inputs))),
      gradFunc: (dy, saved) => tf.tidy(() => backward(dy as Output, ...(saved as Inputs)) as tf.Tensor[]),
    };
  });
  return op(...inputs) as Output;
}
