// The statement editor: a textarea over its own text in colours, so that typing, undo, Korean input methods and screen readers are the browser's own.

const mostColoured = 50_000; // characters; longer texts stay plain
const mostSent = 6_000; // characters around the caret that completion looks at
const mostShown = 8; // suggestions at once
const mostKept = 50; // statements of the history
const longestKept = 10_000; // characters

const token = /(--[^\n]*|\/\*[^]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$)|\$(\w*)\$[^]*?(?:\$\3\$|$))|("(?:[^"]|"")*(?:"|$))|(\d[\d_.]*(?:e[+-]?\d+)?)|([\p{L}_][\p{L}\p{M}\p{N}_$]*)/giu;

function* tokens(text, keywords) {
  for (const found of text.matchAll(token)) {
    const [all, comment, string, , , number, word] = found;
    const kind = comment ? 'comment' : string ? 'string' : number ? 'number' : word && keywords.has(word.toUpperCase()) ? 'keyword' : null;
    if (kind) yield { start: found.index, end: found.index + all.length, kind };
  }
}

const read = (store, key, otherwise) => {
  try {
    return JSON.parse(store.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

const write = (store, key, value) => {
  try {
    store.setItem(key, JSON.stringify(value));
  } catch {
    // Full, or not allowed: what was typed is still there
  }
};

class Editor {
  constructor(root, page, { keywords, owner, address, kinds }) {
    this.page = page;
    this.keywords = new Set(keywords);
    this.kinds = kinds;
    this.historyKey = `thanosql.statements.${owner}`;
    this.draftKey = `thanosql.statement.${owner}`;
    this.address = address;
    this.area = root.querySelector('textarea');
    this.paper = root.querySelector('pre');
    this.list = root.querySelector('[role=listbox]');
    this.error = null;
    this.asked = 0;
    this.close();
    const draft = read(sessionStorage, this.draftKey, null);
    if (draft && draft.address === address) this.area.value = draft.text;
    root.classList.add('editor-live');
    this.end = new AbortController();
    const on = (target, event, act) => target.addEventListener(event, act, { signal: this.end.signal });
    on(this.area, 'input', event => this.typed(event));
    on(this.area, 'keydown', event => this.pressed(event));
    on(this.area, 'blur', () => this.close());
    on(this.area, 'click', () => this.close());
    on(this.list, 'mousedown', event => {
      event.preventDefault(); // the caret stays
      const item = event.target.closest('[role=option]');
      if (item) this.accept(Number(item.dataset.index));
    });
    this.paint();
    this.tell();
  }

  dispose() {
    this.end.abort();
  }

  // As bytes, in a stream: a message of the socket holds 32 KB
  text() {
    return new TextEncoder().encode(this.area.value);
  }

  // As if it was typed, so that it can be undone
  put(text) {
    this.area.focus();
    this.area.select();
    this.insert(text);
    this.close();
  }

  insert(text) {
    if (!document.execCommand('insertText', false, text) && text) {
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, 'end');
      this.typed({});
    }
  }

  goTo(offset) {
    this.area.focus();
    this.area.setSelectionRange(offset, offset);
  }

  mark(offset) {
    this.error = offset;
    this.paint();
  }

  typed(event) {
    this.error = null;
    this.paint();
    this.tell();
    write(sessionStorage, this.draftKey, { address: this.address, text: this.area.value });
    if (event.inputType?.startsWith('delete') && !this.isOpen) return;
    this.complete(false);
  }

  // Only what the buttons need to know: whether there is anything
  tell() {
    const isEmpty = this.area.value.trim() === '';
    if (isEmpty === this.wasEmpty) return;
    this.wasEmpty = isEmpty;
    this.page.invokeMethodAsync('SetEmpty', isEmpty);
  }

  pressed(event) {
    if (event.isComposing || event.keyCode === 229) return; // the input method's own keys
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.close();
      this.page.invokeMethodAsync('RunFromKeyboard');
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      this.complete(true);
    } else if (this.isOpen) {
      this.pressedInList(event);
    }
  }

  pressedInList(event) {
    const last = this.items.length - 1;
    const moves = { ArrowDown: this.active === last ? 0 : this.active + 1, ArrowUp: this.active === 0 ? last : this.active - 1 };
    if (event.key in moves) {
      event.preventDefault();
      this.hasMoved = true;
      this.active = moves[event.key];
      this.show();
    } else if (event.key === 'Tab' || (event.key === 'Enter' && (this.hasMoved || this.hasTyped))) {
      event.preventDefault();
      this.accept(this.active);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.close();
    } else if (['Enter', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'].includes(event.key)) {
      this.close();
    }
  }

  async complete(isAsked) {
    const turn = ++this.asked;
    await new Promise(done => setTimeout(done, isAsked ? 0 : 60));
    const caret = this.area.selectionStart;
    if (turn !== this.asked || caret !== this.area.selectionEnd || document.activeElement !== this.area) return;
    const from = this.area.value.length <= mostSent ? 0 : Math.max(0, this.area.value.lastIndexOf('\n', caret - mostSent / 2) + 1, caret - mostSent / 2);
    const text = this.area.value.slice(from, from + mostSent);
    const found = await this.page.invokeMethodAsync('CompleteAsync', text, caret - from);
    if (turn !== this.asked || caret !== this.area.selectionStart) return;
    const start = found.start + from;
    const typed = this.area.value.slice(start, caret);
    const isWhole = found.items.some(item => item.name.toLowerCase() === typed.toLowerCase());
    if (found.items.length === 0 || (!isAsked && (isWhole || (typed === '' && !found.areExpected)))) {
      this.close();
      return;
    }
    Object.assign(this, { items: found.items, start, active: 0, isOpen: true, hasMoved: isAsked, hasTyped: typed !== '' });
    this.show();
  }

  accept(index) {
    const { text } = this.items[index];
    this.area.setSelectionRange(this.start, this.area.selectionEnd);
    this.close();
    this.insert(text);
    this.asked++; // what was accepted is complete
    this.close();
  }

  close() {
    Object.assign(this, { items: [], isOpen: false, active: 0 });
    this.list.hidden = true;
    this.list.replaceChildren();
    this.area.removeAttribute('aria-activedescendant');
  }

  // A window of the list, so that it never scrolls by itself
  show() {
    const first = Math.max(0, Math.min(this.active - mostShown + 2, this.items.length - mostShown));
    const shown = this.items.slice(first, first + mostShown);
    this.list.replaceChildren(...shown.map((item, i) => this.option(item, first + i)));
    this.list.hidden = false;
    this.area.setAttribute('aria-activedescendant', `${this.list.id}-${this.active}`);
    const at = this.placeOf(this.start);
    const room = this.area.clientWidth - this.list.offsetWidth;
    this.list.style.left = `${Math.max(0, Math.min(at.left, room))}px`;
    this.list.style.top = `${at.bottom + 4}px`;
  }

  option(item, index) {
    const row = document.createElement('div');
    row.id = `${this.list.id}-${index}`;
    row.dataset.index = index;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', index === this.active);
    row.setAttribute('aria-setsize', this.items.length);
    row.setAttribute('aria-posinset', index + 1);
    const name = document.createElement('span');
    name.textContent = item.name;
    const detail = document.createElement('span');
    detail.className = 'detail';
    detail.textContent = item.detail || this.kinds[item.kind];
    row.append(name, detail);
    return row;
  }

  placeOf(offset) {
    const range = document.createRange();
    const texts = document.createTreeWalker(this.paper, NodeFilter.SHOW_TEXT);
    let rest = offset;
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (rest <= node.length) {
        range.setStart(node, rest);
        break;
      }
      rest -= node.length;
    }
    const box = range.getBoundingClientRect();
    const origin = this.list.offsetParent.getBoundingClientRect();
    return { left: box.left - origin.left, bottom: box.bottom - origin.top };
  }

  paint() {
    const text = this.area.value;
    const parts = [];
    let done = 0;
    const plain = end => {
      if (end > done) parts.push(text.slice(done, end));
      done = end;
    };
    const span = (end, kind) => {
      const part = document.createElement('span');
      part.className = kind;
      part.textContent = text.slice(done, end);
      parts.push(part);
      done = end;
    };
    if (text.length <= mostColoured) {
      const wrong = this.error === null ? null : this.wrongPart(text);
      for (const { start, end, kind } of tokens(text, this.keywords)) {
        if (wrong && wrong.start < end && start < wrong.end) continue;
        if (wrong && done <= wrong.start && wrong.end <= start) {
          plain(wrong.start);
          span(wrong.end, 'wrong');
        }
        plain(start);
        span(end, kind);
      }
      if (wrong && done <= wrong.start) {
        plain(wrong.start);
        span(wrong.end, 'wrong');
      }
    }
    plain(text.length);
    this.paper.replaceChildren(...parts, '\n'); // so that the last line is as high when it is empty
  }

  // The word where it went wrong; the last one where it is the end of the text
  wrongPart(text) {
    const at = Math.min(this.error, text.length);
    const word = /^(?:[\p{L}\p{N}_$]+|\S)/u.exec(text.slice(at));
    if (word) return { start: at, end: at + word[0].length };
    const end = text.trimEnd().length;
    return end === 0 ? null : { start: text.slice(0, end).search(/\S+$/u), end };
  }

  keep(time) {
    const text = this.area.value.trim();
    if (text === '' || text.length > longestKept) return;
    const kept = read(localStorage, this.historyKey, []).filter(entry => entry.text !== text);
    write(localStorage, this.historyKey, [{ text, time }, ...kept].slice(0, mostKept));
  }

  // Beginnings: all of it may be more than a message holds
  history() {
    return read(localStorage, this.historyKey, []).map(({ text, time }) => ({ text: text.slice(0, 160), time }));
  }

  reuse(index) {
    this.put(read(localStorage, this.historyKey, [])[index]?.text ?? '');
  }

  forget() {
    localStorage.removeItem(this.historyKey);
  }
}

export const attach = (root, page, options) => new Editor(root, page, options);

export async function save(file, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([await file.arrayBuffer()], { type: 'text/csv' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
