// The list of suggestions under the caret: what a text box of several lines may control (a combobox has one line).

const most = 8; // at once: a window of the list, so that it never scrolls by itself

export class Suggestions {
  /** `kinds` names what the numbers of kinds stand for; `accept` takes the text that was chosen. */
  constructor(list, area, kinds, accept) {
    Object.assign(this, { list, area, kinds, accept });
    this.close();
  }

  /** `place` is where the list hangs; `mayEnter` says whether Enter takes one before the arrows were used. */
  open(items, place, mayEnter) {
    Object.assign(this, { items, place, mayEnter, active: 0, isOpen: true });
    this.show();
  }

  close() {
    Object.assign(this, { items: [], isOpen: false });
    this.list.hidden = true;
    this.list.replaceChildren();
    this.area.removeAttribute('aria-activedescendant');
  }

  /** Leaves what still holds the text typed so far: the next list may take a while. */
  narrow(typed) {
    const items = this.items.filter(item => item.name.toLowerCase().includes(typed.toLowerCase()));
    if (items.length === 0) this.close();
    else if (items.length < this.items.length) this.open(items, this.place, this.mayEnter);
  }

  // Whether the key was for the list
  pressed(key) {
    const last = this.items.length - 1;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      this.active = key === 'ArrowDown' ? (this.active === last ? 0 : this.active + 1) : this.active === 0 ? last : this.active - 1;
      this.mayEnter = true;
      this.show();
      return true;
    }
    const isTaken = key === 'Tab' || (key === 'Enter' && this.mayEnter);
    if (isTaken) this.accept(this.items[this.active].text);
    else if (!['Escape', 'Enter', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'].includes(key)) return false;
    this.close();
    return isTaken || key === 'Escape';
  }

  clicked(target) {
    const option = target.closest('[role=option]');
    if (!option) return;
    this.accept(this.items[Number(option.dataset.index)].text);
    this.close();
  }

  show() {
    const first = Math.max(0, Math.min(this.active - most + 2, this.items.length - most));
    this.list.replaceChildren(...this.items.slice(first, first + most).map((item, i) => this.option(item, first + i)));
    this.list.hidden = false;
    this.area.setAttribute('aria-activedescendant', `${this.list.id}-${this.active}`);
    const room = this.area.clientWidth - this.list.offsetWidth;
    this.list.style.left = `${Math.max(0, Math.min(this.place.left, room))}px`;
    this.list.style.top = `${this.place.bottom + 4}px`;
  }

  option(item, index) {
    const row = document.createElement('div');
    row.id = `${this.list.id}-${index}`;
    row.dataset.index = index;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', index === this.active);
    row.setAttribute('aria-setsize', this.items.length);
    row.setAttribute('aria-posinset', index + 1);
    const [name, detail] = [item.name, item.detail || this.kinds[item.kind]].map(text => {
      const span = document.createElement('span');
      span.textContent = text;
      return span;
    });
    detail.className = 'detail';
    row.append(name, detail);
    return row;
  }
}
