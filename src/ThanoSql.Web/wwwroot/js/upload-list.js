// What becomes of the pictures: counts above, failures first, and of the rows those that are seen, however many there are.
import { figure, make, rowHeight, setText } from './upload-parts.js';
import { UploadRow } from './upload-row.js';

const besides = 5; // rows above and below those that are seen
const sayEvery = 5000;

// In the order of their rows; what is done, the latest first
const shown = ['failed', 'exists', 'sending', 'indexing', 'indexed', 'stored', 'queued'];
const groups = {
  failed: ['failed'], exists: ['exists'], going: ['sending', 'queued'], indexing: ['indexing'], done: ['indexed', 'stored'],
};

export class UploadList {
  #queue;
  #texts;
  #megabytes;
  #filter = null;
  #rows = new Map();
  #frame = null;
  #said = 0;
  #saying = null;

  constructor(root, queue, texts, megabytes) {
    this.#queue = queue;
    this.#texts = texts;
    this.#megabytes = megabytes;
    this.sum = make('span');
    this.acts = make('span', { className: 'bar push' });
    this.meter = make('progress', { className: 'upload-meter' });
    this.trouble = make('p', { className: 'note note-warn', hidden: true, role: 'status' });
    this.chips = make('div', { className: 'bar', role: 'group', 'aria-label': this.t('filter') });
    this.items = make('ul', { className: 'upload-items' });
    this.scroll = make('div', { className: 'upload-scroll', tabIndex: 0, role: 'region', 'aria-label': this.t('list') }, this.items);
    this.spoken = make('p', { className: 'hidden-text', role: 'status' });
    this.panel = make(
      'section', { className: 'panel upload-list', hidden: true },
      make('div', { className: 'bar' }, this.sum, this.acts), this.meter, this.trouble, this.chips, this.scroll, this.spoken);
    this.scroll.addEventListener('scroll', () => this.draw(), { passive: true });
    root.replaceChildren(this.panel);
  }

  t(name, ...values) {
    const value = at => typeof values[at] === 'number' ? figure(values[at]) : values[at];
    return this.#texts[`upload.${name}`].replace(/\{(\d)\}/g, (_, at) => value(at));
  }

  why(code, detail) {
    const known = `upload.why.${code}` in this.#texts;
    return this.t(`why.${known ? code : 'other'}`, code === 'too_large' ? this.#megabytes : detail);
  }

  // At the next frame, once
  draw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
    });
  }

  end() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#saying);
  }

  #draw() {
    const queue = this.#queue;
    this.panel.hidden = queue.total === 0;
    if (this.panel.hidden)
      return;
    const [done, failed] = [queue.count('indexed', 'stored'), queue.count('failed')];
    const said = failed > 0 ? this.t('progressFailed', done, queue.total, failed) : this.t('progress', done, queue.total);
    setText(this.sum, said);
    this.#say(said);
    this.meter.max = queue.total;
    this.meter.value = queue.total - queue.count('sending', 'queued');
    this.meter.setAttribute('aria-label', said);
    this.trouble.hidden = queue.trouble === null;
    if (queue.trouble !== null)
      setText(this.trouble, this.t(queue.trouble));
    this.#drawActs();
    this.#drawChips();
    this.#drawRows();
  }

  #drawActs() {
    const queue = this.#queue;
    const retried = () => [...queue.group('failed')].filter(item => queue.canRetry(item));
    const wanted = (name, count, act) => this.#button(this.acts, name, count > 0, act, 'btn', button => setText(button, this.t(name, count)));
    wanted('cancelAll', queue.count('queued', 'sending'), () => queue.cancel([...queue.group('sending'), ...queue.group('queued')]));
    wanted('retryAll', retried().length, () => queue.again(retried()));
    wanted('replaceAll', queue.count('exists'), () => queue.again(queue.group('exists'), { replaces: true }));
    wanted('clear', queue.count('queued', 'sending', 'indexing') > 0 ? 0 : queue.total, () => queue.forget(...shown));
  }

  #drawChips() {
    if (this.#filter !== null && this.#queue.count(...groups[this.#filter]) === 0)
      this.#filter = null;
    this.#chip(null, 'all', this.#queue.total);
    for (const [name, states] of Object.entries(groups))
      this.#chip(name, `group.${name}`, this.#queue.count(...states));
  }

  #chip(filter, text, count) {
    const choose = () => {
      this.#filter = filter;
      this.scroll.scrollTop = 0;
      this.draw();
    };
    this.#button(this.chips, text, count > 0, choose, 'chip', button => {
      if (!button.firstChild)
        button.append(`${this.t(text)} `, make('b'));
      setText(button.lastChild, figure(count));
      button.setAttribute('aria-pressed', String(this.#filter === filter));
    });
  }

  // Made once, so that they keep their order
  #button(parent, name, isWanted, act, style, fill) {
    let button = parent.querySelector(`[data-act="${name}"]`);
    if (!button) {
      button = make('button', { type: 'button', className: style, onclick: act });
      button.dataset.act = name;
      parent.append(button);
    }
    if (!isWanted && button === document.activeElement)
      this.scroll.focus();
    button.hidden = !isWanted;
    fill(button);
  }

  #drawRows() {
    const items = this.#shown();
    this.items.style.height = `${items.length * rowHeight}px`;
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / rowHeight) - besides);
    const seen = items.slice(first, Math.ceil((this.scroll.scrollTop + this.scroll.clientHeight) / rowHeight) + besides);
    const kept = new Set(seen);
    for (const [item, row] of this.#rows) {
      if (!kept.has(item)) {
        row.element.remove();
        this.#rows.delete(item);
      }
    }
    let before = null;
    seen.forEach((item, at) => {
      const row = this.#rows.get(item) ?? new UploadRow(item, this, this.#queue);
      this.#rows.set(item, row);
      row.draw(first + at, items.length);
      if (!row.element.parentNode || row.element.previousSibling !== before) // where it is already, it keeps the focus
        this.items.insertBefore(row.element, before ? before.nextSibling : this.items.firstChild);
      before = row.element;
    });
  }

  #shown() {
    const states = this.#filter === null ? shown : shown.filter(state => groups[this.#filter].includes(state));
    return states.flatMap(state => {
      const items = [...this.#queue.group(state)];
      return state === 'indexed' ? items.reverse() : items;
    });
  }

  // For those who listen: now and then, and the last word in any case
  #say(text) {
    if (this.spoken.textContent === text || this.#saying !== null)
      return;
    this.#saying = setTimeout(() => {
      this.#saying = null;
      this.#said = performance.now();
      setText(this.spoken, this.sum.textContent);
    }, Math.max(0, this.#said + sayEvery - performance.now()));
  }
}
