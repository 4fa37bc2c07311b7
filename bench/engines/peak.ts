import * as tf from '../../lib/backend/tf.ts';

const THREADS = 64;
/** Enough for the largest cards. */
const WORKGROUPS = 4096;
/** Sums that a thread keeps, none of which waits for another. */
const CHAINS = 8;
const SECONDS = 0.3;

/** GFLOP/s of float32 multiplications with additions on the current backend's graphics card, which touch no memory. */
export async function measurePeak(): Promise<number> {
  const { device } = tf.backend() as tf.KernelBackend & { device: GPUDevice };
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage;
  const result = device.createBuffer({ size: WORKGROUPS * THREADS * 16, usage: STORAGE });
  const count = device.createBuffer({ size: 4, usage: UNIFORM | COPY_DST });
  const entries = [result, count].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const time = async (rounds: number, workgroups: number): Promise<number> => {
    device.queue.writeBuffer(count, 0, Uint32Array.of(rounds));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(workgroups);
    pass.end();
    const begin = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - begin) / 1000;
  };
  try {
    // From little on: a software renderer takes long for what a card does at once.
    let [rounds, workgroups] = [16, 64];
    while ((await time(rounds, workgroups)) < SECONDS) {
      if (workgroups < WORKGROUPS) workgroups *= 4;
      else rounds *= 2;
    }
    const times = [await time(rounds, workgroups), await time(rounds, workgroups), await time(rounds, workgroups)];
    return (2 * 4 * CHAINS * rounds * workgroups * THREADS) / Math.min(...times) / 1e9;
  } finally {
    result.destroy();
    count.destroy();
  }
}

const chains = Array.from({ length: CHAINS }, (_, i) => i);
const code = `
  @group(0) @binding(0) var<storage, read_write> result : array<vec4<f32>>;
  @group(0) @binding(1) var<uniform> rounds : u32;

  @compute @workgroup_size(${THREADS})
  fn main(@builtin(global_invocation_id) id : vec3<u32>) {
    let factor = vec4<f32>(0.5 + f32(id.x & 1u));
    ${chains.map((i) => `var sum${i} = vec4<f32>(f32(id.x + ${i}u));`).join('\n')}
    for (var i = 0u; i < rounds; i++) {
      ${chains.map((i) => `sum${i} = fma(sum${i}, factor, vec4<f32>(1.0));`).join('\n')}
    }
    result[id.x] = ${chains.map((i) => `sum${i}`).join(' + ')};
  }`;
