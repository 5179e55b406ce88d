// Makes pages live. Every page works without it; see the notes at each part.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;

// --- Swapping: regions are replaced by id from a page the server has drawn anew. ---
const typing = (element) =>
  element.contains(document.activeElement) &&
  document.activeElement.matches('input:not([type=radio], [type=checkbox]), select, textarea');

// What the person has opened, chosen or focused must survive the swap.
const keepState = (old, fresh) => {
  $$('input:checked', old).forEach(({ id }) => {
    const same = id && fresh.querySelector('#' + CSS.escape(id));
    if (same) same.checked = true;
  });
  $$('input[type=text][id]', old).forEach(({ id, value }) => {
    const same = value && fresh.querySelector('#' + CSS.escape(id));
    if (same) same.value = value;
  });
  $$('details[open]', old).forEach((details) => {
    const same = details.id
      ? fresh.querySelector('#' + CSS.escape(details.id))
      : $$('details', fresh).find((d) => d.className === details.className);
    if (same) same.open = true;
  });
};

// Regions that are replaced would not be read out: what changed is said in one that stays.
const say = (text) => {
  document.getElementById('say').textContent = text ?? '';
};

const replace = (page) => {
  $$('[data-live], [data-swap], #order').forEach((old) => {
    const fresh = page.getElementById(old.id);
    if (!fresh || typing(old) || fresh.outerHTML === old.outerHTML) return;
    if (fresh.dataset.say !== old.dataset.say) say(fresh.dataset.say);
    const open = old.matches('[popover]:popover-open');
    const focused = old.contains(document.activeElement) && document.activeElement;
    const at = focused ? $$('button, a, input', old).indexOf(focused) : -1;
    keepState(old, fresh);
    old.replaceWith(document.adoptNode(fresh));
    if (open) fresh.showPopover();
    if (at >= 0) $$('button, a, input', fresh)[at]?.focus({ preventScroll: true });
  });
  if (page.title) document.title = page.title;
  if (!document.querySelector('[data-live]')) events?.close(); // Nothing more will happen.
  document.dispatchEvent(new Event('swapped'));
};

const swap = (html) => {
  const page = new DOMParser().parseFromString(html, 'text/html');
  if (!document.startViewTransition || calm) return replace(page);
  // A newer change may skip this one's motion; the content has been replaced all the same.
  const motion = document.startViewTransition(() => replace(page));
  for (const part of [motion.ready, motion.finished]) part.catch(() => {});
};

// --- Live: events only say that something changed; bursts become one fetch. ---
const offline = (down) =>
  $$('[data-offline]').forEach((band) => {
    band.hidden = !down;
  });

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
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (answer.ok) swap(await answer.text());
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

const url = document.querySelector('[data-live]')?.dataset.live;
if (url) {
  events = new EventSource(url);
  let opened = false;
  ['status', 'board', 'summary', 'mail', 'menu'].forEach((name) => events.addEventListener(name, refresh));
  events.onopen = () => {
    offline(false);
    if (opened) refresh();
    opened = true;
  };
  events.onerror = () => offline(true);
  // What is written on staff pages grows old by itself; customers are told all there is to know.
  if (!document.querySelector('#order, #dishes'))
    setInterval(() => {
      if (!document.hidden) refresh();
    }, 30_000);
}

// --- Forms: sent without leaving the page; whatever goes wrong, the plain way is taken. ---
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-enhance]')) return;
  event.preventDefault();
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  const body = new URLSearchParams(new FormData(form, event.submitter));
  try {
    const answer = await fetch(form.action, { method: 'POST', body });
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    form.closest('dialog')?.close();
    if (form.closest('dialog')) form.reset();
    if (typing(form)) document.activeElement.blur();
    swap(html);
  } catch (error) {
    // A kitchen that is offline says so instead of losing its board.
    if (error instanceof TypeError && document.querySelector('[data-offline]')) offline(true);
    else HTMLFormElement.prototype.submit.call(form);
  } finally {
    form.ariaBusy = 'false';
  }
});
$$('[data-print]').forEach((button) => {
  button.hidden = false;
});
document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-print]')) print();
});
document.addEventListener('change', ({ target }) => {
  target.closest('[data-submit-on-change]')?.requestSubmit();
});
