// The place "search": keys, the next page as its end comes near, and where the cursor is.
const phone = matchMedia('(max-width: 720px)');

export function clear(input) {
  input.value = '';
  input.focus();
}

export function focus(id) {
  document.getElementById(id)?.focus();
}

const isTyping = target => target.closest('input, select, textarea, [contenteditable]') !== null;

// How many squares lie beside each other
function columnsOf(hits) {
  const first = hits[0].getBoundingClientRect().top;
  const next = hits.findIndex(hit => hit.getBoundingClientRect().top > first + 1);
  return next < 0 ? hits.length : next;
}

const steps = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: hits => -columnsOf(hits),
  ArrowDown: hits => columnsOf(hits),
  Home: (hits, at) => -at,
  End: (hits, at) => hits.length - 1 - at,
};

export function start(root, page, mayWrite) {
  const ends = new AbortController();
  const panel = () => root.querySelector('.picture-panel');
  const open = () => root.querySelector('.hit[aria-current="true"]');
  let last = null;

  async function close() {
    last = open() ?? last;
    await page.invokeMethodAsync('Close');
    last?.focus();
  }

  function step(event) {
    const hits = [...root.querySelectorAll('.hit')];
    const now = hits.indexOf(event.target.closest('.hit') ?? open());
    if (now < 0) return;
    const next = hits[Math.min(Math.max(now + steps[event.key](hits, now), 0), hits.length - 1)];
    event.preventDefault();
    if (phone.matches && panel()) panel().focus(); else next.focus();
    next.scrollIntoView({ block: 'nearest' });
    if (panel()) next.click();
  }

  // A sheet covers the page: the cursor stays in it
  function trap(event) {
    const within = [...panel().querySelectorAll('a[href], button:not(:disabled), input')];
    const [first, final] = [within[0], within.at(-1)];
    const at = document.activeElement;
    if (event.shiftKey ? at === first || at === panel() : at === final) {
      event.preventDefault();
      (event.shiftKey ? final : first).focus();
    }
  }

  document.addEventListener('keydown', event => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('.mud-dialog')) return;
    const typing = isTyping(event.target);
    if (event.key === '/' && !typing) {
      event.preventDefault();
      focus('search-words');
    } else if (event.key === 'Escape' && panel() && !typing) {
      close();
    } else if (event.key === 'Tab' && panel() && phone.matches) {
      trap(event);
    } else if (event.key in steps && !typing && (event.target.closest('.hit') || panel())) {
      step(event);
    } else if (mayWrite && panel() && !typing && event.key === 'Enter' && event.target === open()) {
      event.preventDefault();
      page.invokeMethodAsync('ConfirmAsync');
    } else if (mayWrite && panel() && !typing && event.code === 'KeyE') {
      event.preventDefault();
      page.invokeMethodAsync('Correct');
    }
  }, { signal: ends.signal });

  // The sheet takes the cursor when it opens, and gives it back when it closes
  const sheet = new MutationObserver(() => {
    const shown = panel();
    if (shown && phone.matches && !shown.contains(document.activeElement)) {
      last = open() ?? last;
      shown.focus();
    } else if (!shown && last && (document.activeElement === document.body || !document.activeElement)) {
      last.focus();
      last = null;
    }
    if (shown && phone.matches) {
      shown.setAttribute('role', 'dialog');
      shown.setAttribute('aria-modal', 'true');
    }
    document.documentElement.classList.toggle('has-sheet', Boolean(shown) && phone.matches);
    watch();
  });
  sheet.observe(root, { childList: true, subtree: true });

  let watched = null;
  const near = new IntersectionObserver(async entries => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    const more = watched;
    if (await page.invokeMethodAsync('MoreAsync') && more === watched) {
      near.unobserve(more); // to be told again where it is
      near.observe(more);
    }
  }, { rootMargin: '1200px' });

  function watch() {
    const more = root.querySelector('.more');
    if (more === watched) return;
    near.disconnect();
    watched = more;
    if (more) near.observe(more);
  }
  watch();
  root.dataset.keys = ''; // they are heard from now on

  return {
    dispose() {
      ends.abort();
      sheet.disconnect();
      near.disconnect();
      document.documentElement.classList.remove('has-sheet');
    },
  };
}
