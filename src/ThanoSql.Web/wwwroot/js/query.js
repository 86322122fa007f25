// The statement editor: a textarea over its own text in colours, so that typing, undo, Korean input methods and screen readers are the browser's own.

import { coloured } from './query-colours.js';
import { Memory } from './query-memory.js';
import { Suggestions } from './query-suggestions.js';

const pause = 60; // milliseconds without a key before suggestions are asked for
const mostSent = 6_000; // characters around the caret that suggestions are made from

class Editor {
  constructor(root, page, { keywords, owner, address, kinds }) {
    this.page = page;
    this.keywords = new Set(keywords);
    this.memory = new Memory(owner);
    this.address = address;
    this.area = root.querySelector('textarea');
    this.paper = root.querySelector('pre');
    this.list = root.querySelector('[role=listbox]');
    this.suggestions = new Suggestions(this.list, this.area, kinds, text => this.accept(text));
    this.error = null;
    this.asked = 0;
    this.area.value = this.memory.draft(address) ?? this.area.value;
    root.classList.add('editor-live');
    this.end = new AbortController();
    const on = (target, event, act) => target.addEventListener(event, act, { signal: this.end.signal });
    on(this.area, 'input', event => this.typed(event));
    on(this.area, 'keydown', event => this.pressed(event));
    on(this.area, 'blur', () => this.suggestions.close());
    on(this.area, 'click', () => this.suggestions.close());
    on(this.list, 'mousedown', event => {
      event.preventDefault(); // the caret stays
      this.suggestions.clicked(event.target);
    });
    this.paint();
    this.tell();
  }

  dispose() {
    this.end.abort();
  }

  // As bytes, which come as a stream: a message of the socket holds 32 KB
  text() {
    return new TextEncoder().encode(this.area.value);
  }

  open(address) {
    this.address = address;
    this.put(address);
  }

  // As if it was typed, so that it can be undone
  put(text) {
    this.area.focus();
    this.area.select();
    this.insert(text);
  }

  insert(text) {
    if (document.execCommand('insertText', false, text)) return;
    this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, 'end');
    this.typed({});
  }

  goTo(offset) {
    this.area.focus();
    this.area.setSelectionRange(offset, offset);
  }

  mark(offset) {
    this.error = offset;
    this.paint();
  }

  keep(time) {
    this.memory.keep(this.area.value.trim(), time);
  }

  history() {
    return this.memory.list();
  }

  reuse(index) {
    this.put(this.memory.ran[index]?.text ?? '');
  }

  forget() {
    this.memory.forget();
  }

  typed(event) {
    this.error = null;
    this.paint();
    this.tell();
    this.memory.keepDraft(this.address, this.area.value);
    if (this.suggestions.isOpen) this.suggestions.narrow(this.area.value.slice(this.start, this.area.selectionEnd));
    const wasDeleted = event.inputType?.startsWith('delete') || event.inputType?.startsWith('history');
    if (!wasDeleted || this.suggestions.isOpen) this.complete(false);
  }

  pressed(event) {
    if (event.isComposing || event.keyCode === 229) return; // the input method's own keys
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === 'Enter') {
      event.preventDefault();
      this.suggestions.close();
      this.call('RunFromKeyboard');
    } else if (event.ctrlKey && event.key === ' ') {
      event.preventDefault();
      this.complete(true);
    } else if (this.suggestions.isOpen && !isCommand && this.suggestions.pressed(event.key)) {
      event.preventDefault();
    }
  }

  async complete(isAsked) {
    const turn = ++this.asked;
    await new Promise(done => setTimeout(done, isAsked ? 0 : pause));
    const { value, selectionStart: caret, selectionEnd } = this.area;
    if (turn !== this.asked || caret !== selectionEnd || document.activeElement !== this.area) return;
    const from = Math.max(0, Math.min(caret - mostSent / 2, value.length - mostSent));
    const found = await this.call('CompleteAsync', value.slice(from, from + mostSent), caret - from);
    if (!found || turn !== this.asked || caret !== this.area.selectionStart) return;
    const start = found.start + from;
    const typed = value.slice(start, caret);
    const isWhole = found.items.some(item => item.name.toLowerCase() === typed.toLowerCase());
    if (found.items.length === 0 || (!isAsked && (isWhole || (typed === '' && !found.areExpected)))) {
      this.suggestions.close();
      return;
    }
    this.start = start;
    this.suggestions.open(found.items, this.placeOf(start), isAsked || typed !== '');
  }

  accept(text) {
    this.area.setSelectionRange(this.start, this.area.selectionEnd);
    this.insert(text);
    this.asked++; // what was taken needs no completion
  }

  placeOf(offset) {
    const range = document.createRange();
    const texts = document.createTreeWalker(this.paper, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(), rest = offset; node; rest -= node.length, node = texts.nextNode()) {
      if (rest > node.length) continue;
      range.setStart(node, rest);
      break;
    }
    const box = range.getBoundingClientRect();
    const origin = this.paper.parentElement.getBoundingClientRect();
    return { left: box.left - origin.left, bottom: box.bottom - origin.top };
  }

  paint() {
    this.paper.replaceChildren(...coloured(this.area.value, this.keywords, this.error), '\n'); // the last line is as high when it is empty
  }

  // Only what the buttons need to know: whether there is anything
  tell() {
    const isEmpty = this.area.value.trim() === '';
    if (isEmpty === this.wasEmpty) return;
    this.wasEmpty = isEmpty;
    this.call('SetEmpty', isEmpty);
  }

  async call(name, ...values) {
    try {
      return await this.page.invokeMethodAsync(name, ...values);
    } catch {
      return undefined; // the connection is lost, which the page says
    }
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
