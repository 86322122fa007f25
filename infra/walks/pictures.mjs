// node pictures.mjs FOLDER FIRST COUNT: small PNG files, red ones and blue ones in turn; the same for the same number, no two alike.
import { mkdirSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const side = 48;
const folder = process.argv[2];
const [first, count] = process.argv.slice(3).map(Number);

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

function png(sample) {
  const stride = 1 + 3 * side; // each row: filter 0, then RGB
  const rows = Buffer.alloc(stride * side);
  for (let y = 0; y < side; y++)
    for (let i = 0; i < 3 * side; i++) rows[y * stride + 1 + i] = sample(i % 3);
  const header = Buffer.concat([uint32(side), uint32(side), Buffer.from([8, 2, 0, 0, 0])]);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function noise(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 27; // 0 to 31
  };
}

mkdirSync(folder, { recursive: true });
for (let n = first; n < first + count; n++) {
  const [name, bright] = n % 2 === 0 ? ['red', 0] : ['blue', 2];
  const next = noise(n);
  writeFileSync(`${folder}/${n}-${name}.png`, png(channel => (channel === bright ? 200 : 20) + next()));
}
