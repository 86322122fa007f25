// A picture in the list. It is drawn anew only where something changed.
import { make, rowHeight, setText } from './upload-parts.js';

export class UploadRow {
  #item;
  #list;
  #queue;
  #drawn = '';

  constructor(item, list, queue) {
    this.#item = item;
    this.#list = list;
    this.#queue = queue;
    this.picture = make('span', { className: 'upload-pic' });
    this.said = make('span', { className: 'upload-said' });
    this.meter = make('progress', { max: 1, className: 'upload-meter', 'aria-label': item.name });
    this.act = make('span', { className: 'upload-act' });
    const name = make('span', { className: 'upload-name', textContent: item.name, title: item.path });
    const what = make('span', { className: 'upload-what' }, name, this.said, this.meter);
    this.element = make('li', { className: 'upload-row' }, this.picture, what, this.act);
  }

  draw(at, count) {
    const item = this.#item;
    this.element.style.transform = `translateY(${at * rowHeight}px)`;
    this.element.setAttribute('aria-posinset', at + 1);
    this.element.setAttribute('aria-setsize', count);
    const percent = Math.round(item.sent * 100);
    const drawn = `${item.state} ${percent} ${item.why}`;
    if (drawn === this.#drawn)
      return;
    this.#drawn = drawn;
    this.element.dataset.state = item.state;
    this.meter.hidden = item.state !== 'sending';
    this.meter.value = item.sent;
    this.#drawWords(percent);
    this.#drawAct();
    if (item.url && !this.picture.firstChild)
      this.picture.append(make('img', { src: item.url, alt: '', width: 40, height: 40, decoding: 'async' }));
  }

  #drawWords(percent) {
    const { state, why, detail, keyword, score } = this.#item;
    if (state === 'indexed' && keyword)
      this.said.replaceChildren(make('span', { className: 'tag tag-ok', textContent: keyword }), ` ${score}`);
    else
      setText(this.said, state === 'failed' ? this.#list.why(why, detail) : this.#list.t(`state.${state}`, percent));
  }

  #drawAct() {
    const { state, name } = this.#item;
    const failed = this.#queue.canRetry(this.#item) ? 'retry' : '';
    const act = { queued: 'cancel', sending: 'cancel', exists: 'replace', failed }[state] ?? '';
    if (this.act.dataset.act === act)
      return;
    this.act.dataset.act = act;
    const button = () => make('button', {
      type: 'button', className: 'btn btn-quiet', textContent: this.#list.t(act), 'aria-label': this.#list.t(`${act}One`, name),
      onclick: () => this.#do(act),
    });
    this.act.replaceChildren(...act ? [button()] : []);
  }

  #do(act) {
    this.#list.scroll.focus(); // the button goes
    if (act === 'cancel')
      this.#queue.cancel([this.#item]);
    else
      this.#queue.again([this.#item], { replaces: act === 'replace' });
  }
}
