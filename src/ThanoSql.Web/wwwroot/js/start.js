// Starts the page: its socket, what is said while that is lost, and how it is shown.
const lost = document.getElementById('lost');
const year = 31536000;

const prefer = (name, value) => {
  const path = new URL(document.baseURI).pathname;
  const secure = location.protocol === 'https:' ? ';secure' : '';
  document.cookie = `thanosql.${name}=${value};path=${path};max-age=${year};samesite=lax${secure}`;
};

window.thanosql = {
  setLanguage(language) {
    prefer('language', language);
    location.reload();
  },
  isDark: () => matchMedia('(prefers-color-scheme: dark)').matches,
  setTheme(theme) {
    prefer('theme', theme);
    document.documentElement.dataset.theme = theme;
  },
};

// Another node does not have this page's state, but the address says what it showed
async function reconnect() {
  lost.hidden = false;
  for (let wait = 200; !lost.hidden; wait = Math.min(wait * 2, 5000)) {
    await new Promise(done => setTimeout(done, wait));
    try {
      if (await Blazor.reconnect() === false) {
        location.reload();
        return;
      }
      lost.hidden = true;
    } catch {
      // The service is not back yet
    }
  }
}

document.querySelector('form[data-submit]')?.submit(); // a link that signs in

Blazor.start({
  circuit: {
    // A websocket needs no request to the same node before it
    configureSignalR: builder => builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 }),
    reconnectionHandler: {
      onConnectionDown: () => { reconnect(); },
      onConnectionUp: () => { lost.hidden = true; },
    },
  },
});
