// What a user would write instead of the product: sharp and onnxruntime-node, four pictures in flight, one row a picture.
// usage: node index.mjs MODEL.onnx LABELS.json RESIZE SIZE [CONNECTION-URI]; one folder a line on stdin, its pictures' count on stdout when done
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import pg from 'pg';
import sharp from 'sharp';

const [model, labelFile, resize, size, uri] = process.argv.slice(2).map((a, i) => (i === 2 || i === 3 ? Number(a) : a));
const labels = JSON.parse(readFileSync(labelFile));
const inFlight = 4, mean = [0.485, 0.456, 0.406], deviation = [0.229, 0.224, 0.225];
sharp.concurrency(1);
const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' });
const database = uri ? new pg.Pool({ connectionString: uri, max: inFlight }) : null;

async function index(file) {
  const edge = Math.round((resize - size) / 2), plane = size * size;
  const pixels = await sharp(file).rotate().resize(resize, resize, { fit: 'cover' })
    .extract({ left: edge, top: edge, width: size, height: size }).flatten({ background: '#fff' }).toColourspace('srgb').raw().toBuffer();
  const input = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * deviation[channel]), offset = -mean[channel] / deviation[channel];
    for (let at = 0; at < plane; at++) input[channel * plane + at] = pixels[3 * at + channel] * scale + offset;
  }
  const { probabilities } = await session.run({ image: new Tensor('float32', input, [1, 3, size, size]) });
  const best = probabilities.data.reduce((found, p, at, all) => (p > all[found] ? at : found), 0);
  if (database)
    await database.query({ name: 'add', text: 'INSERT INTO rival VALUES ($1, $2, $3)', values: [file, labels[best], probabilities.data[best]] });
}

async function work(files) {
  for (let file = files.pop(); file; file = files.pop()) await index(file);
}

for await (const folder of createInterface({ input: process.stdin })) {
  const files = (await readdir(folder)).map(name => `${folder}/${name}`), count = files.length;
  await Promise.all(Array.from({ length: inFlight }, () => work(files)));
  console.log(count);
}
await database?.end();
