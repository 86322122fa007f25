// Sends pictures, some at a time, through whatever the connection does; then asks how each stands until its row is committed.
import { put } from './upload-request.js';

const sentAtOnce = 4;
const followedAtOnce = 100;
const firstPause = 500;
const longestPause = 10_000;
const mostRefusals = 8; // of a busy service, for one picture
const answerWithin = 30_000; // an answer may be lost with its connection

// What the same file fails by again
const final = [
  'unreadable', 'empty', 'too_large', 'unsupported_format', 'not_an_image', 'truncated', 'corrupt', 'too_many_pixels', 'no_answer', 'bad_request',
];

const states = ['failed', 'exists', 'sending', 'indexing', 'indexed', 'stored', 'queued'];

export class UploadQueue {
  #follow;
  #changed;
  #groups = new Map(states.map(state => [state, new Set()]));
  #byPath = new Map();
  #followed = 0;
  #pause = firstPause;
  #timer = null;
  trouble = null; // 'lost', 'busy' or 'signedOut': why nothing is sent

  constructor({ follow, changed }) {
    this.#follow = follow;
    this.#changed = changed;
  }

  group(state) {
    return this.#groups.get(state);
  }

  count(...which) {
    return which.reduce((sum, state) => sum + this.group(state).size, 0);
  }

  get total() {
    return this.#byPath.size;
  }

  get isBusy() {
    return this.count('sending', 'queued') > 0;
  }

  add(files, prefix) {
    for (const { file, name, why } of files) {
      const path = prefix + name;
      const before = this.#byPath.get(path);
      if (before && ['queued', 'sending'].includes(before.state))
        continue;
      if (before)
        this.#remove(before);
      const item = { path, name, file, why: null, detail: null, sent: 0, refusals: 0, isUnsure: false, isStored: false, replaces: false };
      this.#byPath.set(path, item);
      this.#move(item, why ? 'failed' : 'queued', { why });
    }
    this.#next();
  }

  // Again: after a failure, or in the place of the picture that is there
  again(items, { replaces } = {}) {
    for (const item of [...items]) {
      Object.assign(item, { sent: 0, refusals: 0, isUnsure: false });
      item.replaces ||= replaces === true || item.isStored;
      this.#move(item, 'queued', { why: null });
    }
    this.#next();
  }

  cancel(items) {
    for (const item of [...items]) {
      this.#remove(item);
      item.request?.abort();
    }
    this.#next();
  }

  forget(...which) {
    for (const state of which)
      [...this.group(state)].forEach(item => this.#remove(item));
    this.#changed();
  }

  // What is under way goes nowhere: each comes back as lost
  lose() {
    for (const item of this.group('sending'))
      item.request?.abort();
  }

  // What was in the way may be gone
  resume() {
    this.trouble = null;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#next();
  }

  canRetry(item) {
    return item.file !== null && !final.includes(item.why);
  }

  #move(item, state, rest = {}) {
    this.#groups.get(item.state)?.delete(item);
    Object.assign(item, rest, { state });
    this.group(state).add(item);
    this.#changed();
  }

  #remove(item) {
    this.group(item.state).delete(item);
    this.#byPath.delete(item.path);
    item.state = null;
    this.#changed();
  }

  #next() {
    while (this.trouble === null && this.group('sending').size < sentAtOnce && this.group('queued').size > 0)
      this.#send(this.group('queued').values().next().value);
    for (const item of this.group('indexing')) {
      if (this.#followed >= followedAtOnce)
        break;
      if (!item.isFollowed)
        this.#watch(item);
    }
    this.#changed();
  }

  async #send(item) {
    this.#move(item, 'sending');
    const answer = await put(item, this.#changed);
    if (item.state !== 'sending')
      return; // cancelled
    if (answer.status === 0)
      this.#lost(item, answer);
    else if (answer.status === 401)
      this.#stop(item, 'signedOut');
    else if (answer.status === 429 || answer.status >= 502)
      this.#refused(item, answer);
    else
      this.#answered(item, answer);
    this.#next();
  }

  #answered(item, { status, body }) {
    this.#pause = firstPause;
    if (status < 300)
      this.#move(item, body.state === null ? 'stored' : 'indexing');
    else if (status === 412 && item.isUnsure)
      this.#move(item, 'indexing'); // it may have arrived before, and the answer was lost
    else if (status === 412)
      this.#move(item, 'exists');
    else
      this.#move(item, 'failed', { why: body.code ?? 'other', detail: body.message ?? String(status) });
  }

  #lost(item, answer) {
    if (answer.isUnreadable) {
      this.#move(item, 'failed', { why: 'unreadable' });
      return;
    }
    item.isUnsure = true;
    this.#stop(item, 'lost');
    this.#wait(this.#pause);
  }

  #refused(item, { body, retryAfter }) {
    if (++item.refusals >= mostRefusals) {
      this.#move(item, 'failed', { why: body.code ?? 'other', detail: body.message ?? '' });
      return;
    }
    this.#stop(item, 'busy');
    this.#wait(Math.max(this.#pause, retryAfter * 1000));
  }

  // Back to the front
  #stop(item, trouble) {
    const queued = this.group('queued');
    const others = [...queued];
    queued.clear();
    this.#move(item, 'queued', { sent: 0 });
    others.forEach(other => queued.add(other));
    this.trouble = trouble;
  }

  #wait(time) {
    if (this.#timer !== null)
      return;
    this.#timer = setTimeout(() => this.resume(), time);
    this.#pause = Math.min(this.#pause * 2, longestPause);
  }

  async #watch(item) {
    item.isFollowed = true;
    this.#followed++;
    try {
      const asked = this.#follow(item.path, item.isUnsure ? item.file.size : null);
      if (asked === null)
        return; // another place is open: asked when this one is again
      const late = new Promise(done => setTimeout(done, answerWithin, { state: 'pending' }));
      const said = await Promise.race([asked, late]);
      if (item.state === 'indexing')
        this.#settle(item, said);
    } catch {
      await new Promise(done => setTimeout(done, firstPause * 4)); // the socket is lost, or the service ends
    } finally {
      item.isFollowed = false;
      this.#followed--;
    }
    this.#next();
  }

  #settle(item, said) {
    if (said.state === 'exists') {
      this.#move(item, 'exists');
      return;
    }
    item.isStored = said.state !== 'gone';
    if (said.state === 'indexed')
      this.#move(item, 'indexed', { keyword: said.keyword, score: said.score, url: said.url, file: null });
    else if (said.state === 'stored')
      this.#move(item, 'stored');
    else if (said.state === 'gone')
      this.#move(item, 'failed', { why: 'gone' });
    else if (said.state === 'failed')
      this.#move(item, 'failed', { why: said.reason?.split(':')[0] ?? 'other', detail: said.reason?.replace(/^[a-z_]+: /, '') ?? '' });
  }
}
