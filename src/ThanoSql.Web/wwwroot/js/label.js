// Keys and clicks of the place where people label. What they mean for the pictures is the service's to know; here it is only told apart whether a
// key is for the text that is being typed, or for the pictures. The text field has the focus, so that an input method finds it.
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const [only, range, toggle, none] = [0, 1, 2, 3]; // Reach

export function attach(root, service) {
  const end = new AbortController();
  const listen = (target, event, act) => target.addEventListener(event, act, { signal: end.signal });
  const tell = (what, ...values) => service.invokeMethodAsync(what, ...values);
  const field = () => root.querySelector('[role=combobox]');
  const cards = () => [...root.querySelectorAll('[data-place]')];
  const hasMouse = matchMedia('(hover: hover)').matches;
  let pointer = 'mouse';

  const focusField = () => field()?.focus({ preventScroll: true });
  const columns = all => Math.max(1, all.findIndex(card => card.offsetTop > all[0].offsetTop) < 0
    ? all.length : all.findIndex(card => card.offsetTop > all[0].offsetTop));

  function clear() {
    if (field()) field().value = '';
    tell('TypedAsync', '');
  }

  // What a key means; null when it is the field's own
  function meaning(key, typing) {
    const control = key.ctrlKey || key.metaKey;
    if (key.key === 'Enter' && typing) return () => tell('TakeChoiceAsync');
    if (key.key === 'Escape') return typing ? clear : () => tell('ChooseNone');
    if (typing && (key.key === 'ArrowUp' || key.key === 'ArrowDown')) return () => tell('MoveChoice', arrows[key.key][1]);
    if (typing) return null;
    if (arrows[key.key]) return () => tell('Move', ...arrows[key.key], columns(cards()), key.shiftKey ? range : control ? none : only);
    if (key.key === 'Home' || key.key === 'End') return () => tell('Choose', key.key === 'Home' ? 0 : cards().length, key.shiftKey ? range : only);
    if (key.key === ' ') return () => tell('ToggleCurrent');
    if (key.key === 'Enter') return () => tell(control ? 'ModelIsRight' : 'IsRight');
    if (key.key === 'Backspace' || key.key === 'Delete') return () => tell('Remove');
    if (control && key.key.toLowerCase() === 'z' && !key.shiftKey) return () => tell('Undo');
    if (control && key.key.toLowerCase() === 'a') return () => tell('ChooseAll');
    return null;
  }

  function pressed(key) {
    // Keys of an input method, and one that is held down: what it did once would be done to picture after picture
    if (key.isComposing || key.keyCode === 229) return;
    const act = meaning(key, field()?.value !== '');
    if (act) {
      key.preventDefault();
      if (!key.repeat || arrows[key.key]) act();
    } else if (key.key.length === 1 && !key.ctrlKey && !key.metaKey && !key.altKey) {
      focusField(); // the letter goes there
    }
  }

  listen(document, 'keydown', key => {
    const at = key.target, apart = at instanceof Element && at.closest('.mud-dialog, .rail, input, select, textarea, button, a, [contenteditable]');
    if (at === field() || (!apart && !document.querySelector('.mud-dialog'))) pressed(key);
  });
  listen(root, 'input', typed => { if (typed.target === field()) tell('TypedAsync', field().value); });
  listen(root, 'pointerdown', down => { pointer = down.pointerType; });
  listen(root, 'mousedown', down => { if (down.target.closest('[role=option]')) down.preventDefault(); }); // the field keeps the focus
  listen(root, 'click', click => {
    const card = click.target.closest('[data-place]');
    if (!card) return;
    const several = click.ctrlKey || click.metaKey || pointer === 'touch';
    tell('Choose', Number(card.dataset.place), click.shiftKey ? range : several ? toggle : only);
    if (pointer !== 'touch') focusField();
  });

  const sentinel = root.querySelector('[data-end]');
  const watcher = new IntersectionObserver(async ([seen]) => {
    if (!seen.isIntersecting) return;
    watcher.unobserve(sentinel);
    const more = await tell('MoreAsync');
    if (more && !end.signal.aborted) watcher.observe(sentinel); // asks again while it is in sight
  }, { rootMargin: '800px' });
  watcher.observe(sentinel);

  function begin() {
    if (!hasMouse) return; // a field that has the focus would cover half of a phone
    tell('Choose', 0, only);
    focusField();
  }

  begin();
  return {
    begin,
    clear: () => { if (field()) field().value = ''; },
    watch: () => { watcher.unobserve(sentinel); watcher.observe(sentinel); },
    // Brings the current card into sight; the focus follows where it was on a card
    reveal: place => {
      const card = root.querySelector(`[data-place="${place}"]`);
      card?.scrollIntoView({ block: 'nearest' });
      if (document.activeElement?.matches('[data-place]')) card?.focus({ preventScroll: true });
    },
    detach: () => { end.abort(); watcher.disconnect(); },
  };
}
