import { Message } from './protobuf.ts';

/** Attribute values the graph needs: one integer or a list of them. */
type Attributes = Record<string, number | readonly number[]>;

/**
 * Builds an ONNX model (opset 13, float32) node by node, so that ONNX Runtime can be timed on exactly the
 * network and weights that the toolkit runs. Field numbers are those of onnx.proto.
 */
export class OnnxGraph {
  private readonly graph = new Message().text(2, 'network');
  private count = 0;

  /** Declares an input; a string dimension is a free one. */
  input(name: string, shape: readonly (number | string)[]): string {
    this.graph.message(11, valueInfo(name, shape));
    return name;
  }

  output(name: string, shape: readonly (number | string)[]): void {
    this.graph.message(12, valueInfo(name, shape));
  }

  /** Adds a constant, row-major. Returns its name. */
  constant(shape: readonly number[], values: Float32Array): string {
    const name = `c${this.count++}`;
    const tensor = new Message();
    for (const size of shape) tensor.integer(1, size);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.graph.message(5, tensor.integer(2, 1).text(8, name).bytes(9, bytes));
    return name;
  }

  /** Adds a node with one output. Returns the output's name. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}, name = `n${this.count++}`): string {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    node.text(2, name).text(4, op);
    for (const [key, value] of Object.entries(attributes)) {
      const attribute = new Message().text(1, key);
      if (typeof value === 'number') attribute.integer(3, value).integer(20, 2);
      else for (const item of value) attribute.integer(8, item);
      if (typeof value !== 'number') attribute.integer(20, 7);
      node.message(5, attribute);
    }
    this.graph.message(1, node);
    return name;
  }

  /** The model file's bytes. */
  encode(): Uint8Array {
    const opset = new Message().text(1, '').integer(2, 13);
    return new Message().integer(1, 8).message(7, this.graph).message(8, opset).encode();
  }
}

function valueInfo(name: string, shape: readonly (number | string)[]): Message {
  const dimensions = new Message();
  for (const size of shape) {
    const dimension = new Message();
    if (typeof size === 'number') dimension.integer(1, size);
    else dimension.text(2, size);
    dimensions.message(1, dimension);
  }
  const tensor = new Message().integer(1, 1).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
