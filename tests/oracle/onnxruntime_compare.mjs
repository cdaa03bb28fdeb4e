// Runs an ONNX file with onnxruntime and compares its outputs.
//
// usage: node onnxruntime_compare.mjs MODEL.onnx CASE.safetensors...
//
// A case holds float tensors called input.NAME and output.NAME. Exits with 1 where
// |a - b| > 1e-4 * max(1, max |a|) or a shape differs.

import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';

function readCase(path) {
  const file = readFileSync(path);
  const begin = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, begin).toString('utf8'));
  const groups = { input: {}, output: {} };
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const [from, to] = entry.data_offsets;
    const bytes = Uint8Array.prototype.slice.call(file, begin + from, begin + to);
    const dot = key.indexOf('.');
    groups[key.slice(0, dot)][key.slice(dot + 1)] =
      new ort.Tensor('float32', new Float32Array(bytes.buffer), entry.shape);
  }
  return groups;
}

function problemWith(expected, actual) {
  if (actual.dims.join() !== expected.dims.join()) {
    return `has shape ${actual.dims} instead of ${expected.dims}`;
  }
  let largest = 0;
  let scale = 1;
  for (let i = 0; i < expected.data.length; ++i) {
    const difference = Math.abs(expected.data[i] - actual.data[i]);
    if (!Number.isFinite(difference)) return `is not finite at ${i}`;
    largest = Math.max(largest, difference);
    scale = Math.max(scale, Math.abs(expected.data[i]));
  }
  return largest > 1e-4 * scale ? `differs by ${largest}` : null;
}

const [model, ...cases] = process.argv.slice(2);
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
for (const path of cases) {
  const { input, output } = readCase(path);
  const results = await session.run(input);
  for (const [name, expected] of Object.entries(output)) {
    const problem = problemWith(expected, results[name]);
    if (problem !== null) {
      console.log(`${path}: ${name} ${problem}`);
      process.exitCode = 1;
    }
  }
}
