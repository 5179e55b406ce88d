// Makes pages live. Every page works without it.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;

// --- Swapping: regions are replaced, by id, with those of a newly rendered page. ---
// A text field in use keeps its text, caret and focus by its id. A region with a focused select, or
// with a focused text field without an id, is not replaced.
const typing = (element) => {
  const { activeElement: active } = document;
  if (!element.contains(active)) return false;
  const written = 'input:not([type=radio], [type=checkbox], [id]), textarea:not([id])';
  return composing || active.matches(`select, ${written}`);
};
let composing = false;
document.addEventListener('compositionstart', () => (composing = true));
document.addEventListener('compositionend', () => (composing = false));

// Opened, checked and edited elements keep their state across the swap.
const keepState = (old, fresh) => {
  $$('input:checked', old).forEach(({ id }) => {
    const same = id && fresh.querySelector('#' + CSS.escape(id));
    if (same) same.checked = true;
  });
  $$(':is(input[type=text], input[type=number], textarea)[id]', old).forEach((field) => {
    const same = fresh.querySelector('#' + CSS.escape(field.id));
    if (same && field.value !== field.defaultValue) same.value = field.value;
  });
  $$('details[open]', old).forEach((details) => {
    const same = details.id
      ? fresh.querySelector('#' + CSS.escape(details.id))
      : $$('details', fresh).find((d) => d.className === details.className);
    if (same) same.open = true;
  });
};

// Screen readers do not announce replaced regions; changes go to a permanent live region.
const say = (text) => {
  document.getElementById('say').textContent = text ?? '';
};

const caret = (field) => (field.matches('[type=text], textarea') ? field.selectionStart : null);
const focus = (old, fresh, active) => {
  const at = $$('button, a, input, summary', old).indexOf(active);
  const same = active.id && fresh.querySelector('#' + CSS.escape(active.id));
  const next = same || $$('button, a, input, summary', fresh)[at];
  const place = caret(active);
  next?.focus({ preventScroll: true });
  if (same && place !== null) same.setSelectionRange(place, place);
};

// The answer to a form stays until the next answer; a refreshed page contains none.
const regions = (answer) => '[data-live], [data-swap]' + (answer ? ', [data-told]' : '');

// Scripts change the rendered page (buttons, sums, marks), so the server's versions are compared.
const drawn = new WeakMap();
const drawing = (region) => drawn.get(region) ?? region.outerHTML;
$$(regions(true)).forEach((region) => drawn.set(region, region.outerHTML));

const differs = (page, answer) =>
  $$(regions(answer)).some((old) => {
    const fresh = page.getElementById(old.id);
    return fresh && fresh.outerHTML !== drawing(old);
  });

const replace = (page, answer) => {
  $$(regions(answer)).forEach((old) => {
    const fresh = page.getElementById(old.id);
    if (!fresh || typing(old) || fresh.outerHTML === drawing(old)) return;
    drawn.set(fresh, fresh.outerHTML);
    if (fresh.dataset.say !== old.dataset.say) say(fresh.dataset.say);
    const open = old.matches('[popover]:popover-open');
    const scrolled = old.scrollTop;
    const active = old.contains(document.activeElement) && document.activeElement;
    keepState(old, fresh);
    old.replaceWith(document.adoptNode(fresh));
    if (open) fresh.showPopover();
    fresh.scrollTop = scrolled;
    if (active) focus(old, fresh, active);
  });
  if (page.title) document.title = page.title;
  if (!document.querySelector('[data-live]')) hush(); // The page is final.
  document.dispatchEvent(new Event('swapped'));
};

const swap = (html, answer = false) => {
  const page = new DOMParser().parseFromString(html, 'text/html');
  // Without a change there is no transition.
  const moves = document.startViewTransition && !calm && differs(page, answer);
  if (!moves) return replace(page, answer);
  // A newer change may skip this transition; the content is replaced in any case.
  const motion = document.startViewTransition(() => replace(page, answer));
  for (const part of [motion.ready, motion.finished]) part.catch(() => {});
};

// --- Live: events only say that something changed; bursts become one fetch. ---
const ANSWER_WITHIN_MS = 10_000;
const RETRY_MS = 2_000;
const isWatched = () => document.querySelector('[data-offline]');
let retry;
let down = false;
const offline = (yes) => {
  down = yes;
  clearTimeout(retry);
  if (down && events) retry = setTimeout(refresh, RETRY_MS);
  tellSilence();
  $$('[data-offline]').forEach((band) => {
    band.hidden = !down;
  });
  document.documentElement.classList.toggle('offline', down);
  document.dispatchEvent(new Event('connection'));
};

// --- Silence: a live stream sends an event every ten seconds. A silent one is dead, or buffered by
// a proxy: the page says so, and refreshes periodically until it receives an event. ---
const OPENS_WITHIN_MS = 5_000;
const SILENT_AFTER_MS = 25_000;
const LOOK_EVERY_MS = 10_000;
let silence;
let looking;
const tellSilence = () =>
  $$('[data-not-live]').forEach((band) => {
    band.hidden = down || !looking;
  });
const look = () => {
  if (looking) return;
  looking = setInterval(refresh, LOOK_EVERY_MS);
  tellSilence();
  refresh();
};
const expectWithin = (ms) => {
  clearTimeout(silence);
  silence = setTimeout(look, ms);
};
const stopLooking = () => {
  clearTimeout(silence);
  clearInterval(looking);
  looking = undefined;
  tellSilence();
};
const hear = () => {
  stopLooking();
  expectWithin(SILENT_AFTER_MS);
};

// After sign-out, show the sign-in page instead of stale data.
const ask = async (url, request) => {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const answer = await fetch(url, { ...request, signal });
  const entry = answer.redirected && new URL(answer.url).pathname === '/sign-in';
  if (entry || answer.status === 401) location.reload();
  return answer;
};

let events;
let running = false;
let again = false;
const refresh = async () => {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    const answer = await ask(location.href, { headers: { accept: 'text/html' } });
    if (answer.ok) swap(await answer.text());
    // The answer may have arrived just as the connection was lost.
    offline(!navigator.onLine || (!answer.ok && answer.status >= 500));
  } catch {
    offline(true);
  }
  await new Promise((done) => setTimeout(done, 150));
  running = false;
  if (again) {
    again = false;
    refresh();
  }
};

const hush = () => {
  events?.close();
  stopLooking();
};

let opened = false;
const listen = (url) => {
  events?.close();
  events = new EventSource(url);
  if (!looking) expectWithin(OPENS_WITHIN_MS);
  events.addEventListener('beat', hear);
  ['status', 'payment', 'refund', 'board', 'summary', 'mail', 'menu'].forEach((name) =>
    events.addEventListener(name, () => {
      hear();
      refresh();
    }),
  );
  // The path of an event is stored a moment after the event itself.
  if (document.querySelector('#travel'))
    events.addEventListener('status', () => setTimeout(refresh, 1_000));
  // The page is fetched after a reconnect, so missed events need no replay. Most streams begin
  // with the current state, so the first connection needs no fetch.
  events.onopen = () => {
    offline(false);
    // An open connection does not prove that events arrive.
    if (!looking) expectWithin(SILENT_AFTER_MS);
    if (opened || document.querySelector('[data-catch-up]')) refresh();
    opened = true;
  };
  // A broken stream does not show whether the site is up; a refresh does. Browsers reconnect,
  // unless the response was not a stream.
  events.onerror = ({ target }) => {
    if (target.readyState !== EventSource.CLOSED) return refresh();
    look();
    setTimeout(() => listen(url), RETRY_MS);
  };
};
const url = document.querySelector('[data-live]')?.dataset.live;
if (url) {
  listen(url);
  addEventListener('offline', () => offline(true));
  addEventListener('online', () => listen(url));
  // Browsers open six connections per site (HTTP/1.1), and a stream takes one: menus in hidden tabs
  // must not keep the next page from loading.
  document.addEventListener('visibilitychange', () => {
    if (!document.querySelector('[data-sleeps]')) return;
    if (document.hidden) hush();
    else listen(url);
  });
  // Staff pages show ages, and a connection may die unnoticed, so they also refresh by time;
  // customers get every change as an event.
  if (!document.querySelector('[data-pushed]'))
    setInterval(() => {
      if (!document.hidden) refresh();
    }, 30_000);
}

// --- Forms: sent without leaving the page. On any failure the browser submits the form itself,
// unless the page handles the event `unsent`. ---
const tell = (form, name) =>
  form.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-enhance]')) return;
  event.preventDefault();
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  const body = new URLSearchParams(new FormData(form, event.submitter));
  try {
    const answer = await ask(form.action, { method: 'POST', body });
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    tell(form, 'sent');
    form.closest('dialog')?.close();
    if (form.closest('dialog')) form.reset();
    if (typing(form)) document.activeElement.blur();
    swap(html, true);
  } catch (error) {
    const lost = error instanceof TypeError || error instanceof DOMException;
    if (lost && isWatched()) offline(true);
    const told = !tell(form, 'unsent');
    if (!told && !(lost && isWatched())) HTMLFormElement.prototype.submit.call(form);
  } finally {
    form.ariaBusy = 'false';
  }
});
document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-print]')) print();
});
document.addEventListener('change', ({ target }) => {
  target.closest('[data-submit-on-change]')?.requestSubmit();
});
