// What the list and its rows are made of.
export const rowHeight = 56; // as in upload.css

export function make(name, traits = {}, ...children) {
  const element = document.createElement(name);
  for (const [trait, value] of Object.entries(traits)) {
    if (trait === 'role' || trait.startsWith('aria-'))
      element.setAttribute(trait, value);
    else
      element[trait] = value;
  }
  element.append(...children);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text)
    element.textContent = text;
}

export const figure = number => number.toLocaleString('en-US');
