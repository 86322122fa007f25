// The place "upload": what is dropped or chosen, and the list of what becomes of it. Both outlive the place, so that uploads go on elsewhere.
import { filesOfDrop, filesOfInput, look } from './upload-files.js';
import { UploadQueue } from './upload-queue.js';
import { UploadList } from './upload-list.js';

let place = null; // the open one: its elements, its component, its texts
const queue = new UploadQueue({
  follow: (path, size) => place ? place.component.invokeMethodAsync('FollowAsync', path, size) : null,
  changed: () => place?.list.draw(),
});

addEventListener('beforeunload', event => {
  if (queue.isBusy)
    event.preventDefault();
});
addEventListener('offline', () => queue.lose());
addEventListener('online', () => queue.resume());

export function enter(root, component, texts, megabytes) {
  const part = name => root.querySelector(`[data-part="${name}"]`);
  const end = new AbortController();
  const on = (target, event, act) => target.addEventListener(event, act, { signal: end.signal });
  const list = new UploadList(part('list'), queue, texts, megabytes);
  place = { component, list, end };

  const take = async files => {
    const prefix = part('to')?.value ?? '';
    for await (const looked of look(files, megabytes * 1_000_000))
      queue.add(looked, prefix);
  };
  for (const kind of ['files', 'folder']) {
    const input = part(`${kind}-input`);
    on(part(kind), 'click', () => input.click());
    on(input, 'change', () => {
      take(filesOfInput(input));
      input.value = ''; // the same files again are a change, too
    });
  }
  const drop = part('drop');
  const over = is => drop.toggleAttribute('data-over', is);
  on(document, 'dragover', event => {
    if (!event.dataTransfer.types.includes('Files'))
      return;
    event.preventDefault(); // anywhere: a picture beside the frame would be opened instead
    over(true);
  });
  on(document, 'dragleave', event => over(event.relatedTarget !== null));
  on(document, 'drop', event => {
    if (!event.dataTransfer.types.includes('Files'))
      return;
    event.preventDefault();
    over(false);
    take(filesOfDrop(event.dataTransfer));
  });
  list.draw();
  queue.resume();
}

export function leave() {
  place?.end.abort();
  place?.list.end();
  place = null;
}
