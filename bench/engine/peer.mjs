// The peer: onnxruntime, which answers lines as engine_bench does.
//
// usage: node peer.mjs MODEL.onnx THREADS BATCH     (where onnxruntime-node is installed)

import { createInterface } from 'node:readline';
import ort from 'onnxruntime-node';

const [model, threads, batch] = process.argv.slice(2);
const session = await ort.InferenceSession.create(model, {
  executionMode: 'sequential',
  // Threads that spin while they wait suffer most on a busy machine; ours sleep too.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
  graphOptimizationLevel: 'all',
  interOpNumThreads: 1,
  intraOpNumThreads: Number(threads),
});
const numbers = Float32Array.from({ length: Number(batch) * 3 * 224 * 224 }, (_, i) =>
  Math.sin(i * 12.9898) * 1.5);
const input = { input_1: new ort.Tensor('float32', numbers, [Number(batch), 3, 224, 224]) };
for (let i = 0; i < 3; ++i) await session.run(input);
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const runs = Number(line);
  const begin = performance.now();
  for (let i = 0; i < runs; ++i) await session.run(input);
  console.log((performance.now() - begin) / runs);
}
