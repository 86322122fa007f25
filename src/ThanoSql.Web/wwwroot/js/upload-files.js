// What was dropped or chosen, as { file, name }: the name with its folders. Each is looked at before anything is sent.
const atOnce = 50;
const ours = [
  [0xFF, 0xD8, 0xFF],
  [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
];
// What systems leave in folders by themselves
const isLitter = name => name.split('/').some(part => part.startsWith('.')) || /(^|\/)(thumbs\.db|desktop\.ini)$/i.test(name);

export function* filesOfInput(input) {
  for (const file of [...input.files])
    yield { file, name: file.webkitRelativePath || file.name };
}

// The entries have to be taken before the event ends
export function filesOfDrop(transfer) {
  const entries = [...transfer.items].filter(item => item.kind === 'file').map(item => item.webkitGetAsEntry?.() ?? item.getAsFile());
  return walk(entries.filter(entry => entry !== null));
}

async function* walk(entries) {
  for (const entry of entries) {
    if (entry instanceof File) {
      yield { file: entry, name: entry.name };
    } else if (entry.isFile) {
      const name = entry.fullPath.replace(/^\//, '');
      try {
        yield { file: await new Promise((done, failed) => entry.file(done, failed)), name };
      } catch {
        yield { file: null, name };
      }
    } else {
      yield* walkFolder(entry);
    }
  }
}

async function* walkFolder(folder) {
  const reader = folder.createReader();
  while (true) { // a hundred at a time
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)).catch(() => []);
    if (some.length === 0)
      return;
    yield* walk(some.sort((a, b) => a.name < b.name ? -1 : 1));
  }
}

// Batches of { file, name, why }: why it cannot be a picture of ours, or null
export async function* look(files, most) {
  let batch = [];
  for await (const found of files) {
    if (isLitter(found.name))
      continue;
    batch.push(found);
    if (batch.length === atOnce) {
      yield await Promise.all(batch.map(one => judge(one, most)));
      batch = [];
    }
  }
  if (batch.length > 0)
    yield await Promise.all(batch.map(one => judge(one, most)));
}

async function judge({ file, name }, most) {
  return { file, name, why: file === null ? 'unreadable' : file.size === 0 ? 'empty' : file.size > most ? 'too_large' : await ofBytes(file) };
}

async function ofBytes(file) {
  let bytes;
  try {
    bytes = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  } catch {
    return 'unreadable';
  }
  const text = String.fromCharCode(...bytes);
  if (ours.some(start => start.every((byte, at) => bytes[at] === byte)) || (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP'))
    return null;
  return file.type.startsWith('image/') ? 'unsupported_format' : 'not_an_image';
}
