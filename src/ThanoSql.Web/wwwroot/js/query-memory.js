// What a browser keeps of statements: the draft of a tab, and those that ran, each apart for each token.

const most = 50; // statements
const longest = 10_000; // characters
const shown = 160; // of each in the list, since all of them may be more than a message of the socket holds

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

export class Memory {
  constructor(owner) {
    this.ranKey = `thanosql.statements.${owner}`;
    this.draftKey = `thanosql.statement.${owner}`;
  }

  // A draft belongs to the address it was begun from
  draft(address) {
    const kept = read(sessionStorage, this.draftKey, null);
    return kept?.address === address ? kept.text : null;
  }

  keepDraft(address, text) {
    write(sessionStorage, this.draftKey, { address, text });
  }

  get ran() {
    return read(localStorage, this.ranKey, []);
  }

  keep(text, time) {
    if (text === '' || text.length > longest) return;
    write(localStorage, this.ranKey, [{ text, time }, ...this.ran.filter(entry => entry.text !== text)].slice(0, most));
  }

  list() {
    return this.ran.map(({ text, time }) => ({ text: text.slice(0, shown), time }));
  }

  forget() {
    localStorage.removeItem(this.ranKey);
  }
}
