// Arrow keys in a table of buttons: to the next button in that direction, over cells without one.
const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function next(table, cell, [down, right]) {
  let row = cell.parentElement.rowIndex + down;
  let column = cell.cellIndex + right;
  for (; table.rows[row]?.cells[column]; row += down, column += right) {
    const button = table.rows[row].cells[column].querySelector('button');
    if (button)
      return button;
  }
  return null;
}

export function walk(table) {
  table.addEventListener('keydown', event => {
    const cell = event.target.closest('td');
    if (!cell || !(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey)
      return;
    event.preventDefault();
    next(table, cell, steps[event.key])?.focus();
  });
  // One of them is reached by the tab key: the last that was
  table.addEventListener('focusin', event => {
    for (const button of table.querySelectorAll('button'))
      button.tabIndex = button === event.target ? 0 : -1;
  });
}
