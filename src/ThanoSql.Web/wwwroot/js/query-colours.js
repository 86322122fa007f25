// A statement in colours: spans over its own text, with the place of an error.

const most = 50_000; // characters; longer texts stay plain
const token = /(--[^\n]*|\/\*[^]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$)|\$(\w*)\$[^]*?(?:\$\3\$|$))|("(?:[^"]|"")*(?:"|$))|([\p{L}_][\p{L}\p{M}\p{N}_$]*)/gu;

function* parts(text, keywords) {
  for (const found of text.matchAll(token)) {
    const [all, comment, string, , , word] = found;
    const kind = comment ? 'comment' : string ? 'string' : word && keywords.has(word.toUpperCase()) ? 'keyword' : null;
    if (kind) yield { start: found.index, end: found.index + all.length, kind };
  }
}

// The word where it went wrong; the last one where that is the end of the text
function wrongPart(text, offset) {
  const word = /^(?:[\p{L}\p{N}_$]+|\S)/u.exec(text.slice(offset));
  if (word) return { start: offset, end: offset + word[0].length, kind: 'wrong' };
  const end = text.trimEnd().length;
  return end === 0 ? null : { start: text.slice(0, end).search(/\S+$/u), end, kind: 'wrong' };
}

/** Texts and spans that make up the text. `error` is an offset, or null. */
export function coloured(text, keywords, error) {
  if (text.length > most) return [text];
  const wrong = error === null ? null : wrongPart(text, error);
  const marked = [...parts(text, keywords)].filter(part => !wrong || part.end <= wrong.start || wrong.end <= part.start);
  if (wrong) marked.push(wrong);
  marked.sort((a, b) => a.start - b.start);
  const nodes = [];
  let done = 0;
  for (const { start, end, kind } of marked) {
    nodes.push(text.slice(done, start));
    const span = document.createElement('span');
    span.className = kind;
    span.textContent = text.slice(start, end);
    nodes.push(span);
    done = end;
  }
  return [...nodes, text.slice(done)];
}
