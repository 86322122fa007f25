// One picture to the HTTP API. Not by fetch, which does not tell how much is sent.
const quietAtMost = 60_000; // without any progress, the connection is taken for lost

// { status, body, retryAfter }; a status of 0 is no answer
export function put(item, progressed) {
  const request = item.request = new XMLHttpRequest();
  return new Promise(done => {
    let watch;
    const heard = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), quietAtMost);
    };
    const end = answer => {
      clearTimeout(watch);
      item.request = null;
      done(answer);
    };
    const lost = async () => end({ status: 0, isUnreadable: !await isReadable(item.file) });

    request.open('PUT', addressOf(item.path));
    request.setRequestHeader('X-ThanoSQL-Page', '1');
    if (!item.replaces)
      request.setRequestHeader('If-None-Match', '*');
    request.upload.onprogress = event => {
      heard();
      item.sent = event.total > 0 ? event.loaded / event.total : 0;
      progressed();
    };
    request.onload = () => end({
      status: request.status,
      body: parse(request.responseText),
      retryAfter: Number(request.getResponseHeader('Retry-After') ?? 0),
    });
    request.onerror = lost;
    request.onabort = lost;
    heard();
    request.send(item.file);
  });
}

// Another bucket's name is one segment, so that proxies keep its two slashes
function addressOf(path) {
  const [, bucket, key] = /^(s3:\/\/[^/]+\/)?(.*)$/s.exec(path);
  const segments = key.split('/').map(encodeURIComponent).join('/');
  return new URL(`api/v1/images/${bucket ? encodeURIComponent(bucket) : ''}${segments}`, document.baseURI);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // of a proxy
  }
}

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
