// usage: node predict.mjs node|web MODEL.onnx PIXELS.f32
// Runs one prepared picture [1, 3, S, S] (little-endian float32) and prints {"labels": [...], "probabilities": [...]}.
import { readFileSync } from 'node:fs';

const [client, modelPath, pixelsPath] = process.argv.slice(2);
const model = readFileSync(modelPath);
const ort = await import(client === 'web' ? 'onnxruntime-web' : 'onnxruntime-node');
if (client === 'web') ort.env.wasm.numThreads = 1;

const bytes = readFileSync(pixelsPath);
const pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const side = Math.sqrt(pixels.length / 3);
const session = await ort.InferenceSession.create(model, { executionProviders: [client === 'web' ? 'wasm' : 'cpu'] });
const { probabilities } = await session.run({ image: new ort.Tensor('float32', pixels, [1, 3, side, side]) });
const labels = JSON.parse(metadata(model)['thanosql.labels']);
process.stdout.write(JSON.stringify({ labels, probabilities: Array.from(probabilities.data) }));

// The JavaScript API shows no metadata_props, so they are read off the file: field 14 of ModelProto, each {1: key, 2: value}.
function metadata(file) {
  const found = {};
  for (const [field, value] of fields(file)) {
    if (field !== 14) continue;
    const entry = Object.fromEntries(fields(value));
    found[entry[1].toString('utf8')] = entry[2].toString('utf8');
  }
  return found;
}

function* fields(message) {
  let at = 0;
  const varint = () => {
    let value = 0, scale = 1, byte;
    do { byte = message[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte & 128);
    return value;
  };
  while (at < message.length) {
    const tag = varint();
    if ((tag & 7) === 0) yield [tag >> 3, varint()];
    else {
      const length = varint();
      yield [tag >> 3, message.subarray(at, at + length)];
      at += length;
    }
  }
}
