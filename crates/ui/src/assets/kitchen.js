// The kitchen board: the bell, ages, minutes until ready, and unsaved requests.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const root = document.documentElement;
root.classList.add('scripted');
const head = document.querySelector('[data-now]');

// --- State of this screen that survives a reload. ---
const memory = (key) => {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(key) ?? '[]'));
  } catch {
    return new Set();
  }
};
const keep = (key, set) => {
  try {
    sessionStorage.setItem(key, JSON.stringify([...set].slice(-500)));
  } catch {
    /* Storage may be forbidden. */
  }
};

// --- The bell: rings for new tickets until each has been touched. ---
const RING_EVERY_MS = 4_000;
const touched = memory('touched');
const bell = document.querySelector('[data-bell]');
const audio = window.AudioContext && new AudioContext();
const muted = () => bell.classList.contains('muted');
// Browsers allow sound only after an interaction; the button asks for one.
const audible = () => audio?.state === 'running';
const unheard = () => $$('[data-ticket]').filter(({ id }) => !touched.has(id));

const tone = (pitch, after) => {
  const [wave, volume] = [audio.createOscillator(), audio.createGain()];
  const start = audio.currentTime + after;
  wave.frequency.value = pitch;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.3, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
  wave.connect(volume).connect(audio.destination);
  wave.start(start);
  wave.stop(start + 0.55);
};
const ring = () => {
  tone(784, 0);
  tone(988, 0.22);
  navigator.vibrate?.(200);
};
const look = () => {
  $$('[data-ticket]').forEach((slip) => slip.classList.toggle('touched', touched.has(slip.id)));
  const wanted = unheard().length > 0;
  bell.classList.toggle('wanted', wanted);
  bell.classList.toggle('asks', !audible());
  bell.querySelector('span').textContent =
    bell.dataset[muted() ? 'off' : audible() ? 'on' : 'ask'];
  return wanted && !muted() && audible();
};
const toll = () => look() && ring();
// New tickets ring at once; untouched ones ring repeatedly.
const announced = new Set();
const arrive = () => {
  const fresh = unheard().filter(({ id }) => !announced.has(id));
  fresh.forEach(({ id }) => announced.add(id));
  if (look() && fresh.length) ring();
};
const acknowledge = ({ target }) => {
  const slip = target.closest('[data-ticket]');
  if (!slip || touched.has(slip.id)) return;
  touched.add(slip.id);
  keep('touched', touched);
  look();
};
const wake = () => audio?.state === 'suspended' && audio.resume();
// At the end of the touch: a slip that moves under the finger would lose the click.
document.addEventListener('click', acknowledge);
document.addEventListener('keyup', acknowledge);
document.addEventListener('click', wake);
document.addEventListener('keydown', wake);
bell.hidden = !audio;
bell.addEventListener('click', () => {
  const asks = !muted() && !audible();
  if (!asks) bell.classList.toggle('muted');
  look();
});
audio?.addEventListener('statechange', toll);
setInterval(toll, RING_EVERY_MS);

// Keeps the screen on. Browsers allow this on secure pages only.
const stayAwake = () =>
  document.visibilityState === 'visible' && navigator.wakeLock?.request('screen').catch(() => {});
document.addEventListener('visibilitychange', stayAwake);
stayAwake();

// --- Ages advance between two refreshes, by the server's clock. ---
const ahead = Number(head.dataset.now) * 1_000 - Date.now();
const span = (minutes) => {
  if (minutes < 1) return head.dataset.justNow;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return hours ? `${hours} h ${String(rest).padStart(2, '0')}` : `${rest} min`;
};
const grow = () => {
  const now = (Date.now() + ahead) / 1_000;
  $$('[data-since]').forEach((slip) => {
    const [since, whole] = [Number(slip.dataset.since), Number(slip.dataset.whole)];
    const minutes = Math.max(0, Math.floor((now - since) / 60));
    const share = (minutes * 100) / Math.max(1, whole);
    const late = minutes - whole;
    if (minutes >= 1_440) return; // The server writes days.
    const pattern = head.dataset[late > 0 ? 'late' : 'left'];
    const text = slip.matches('[data-promised]')
      ? pattern.replace('{}', span(Math.abs(late)))
      : span(minutes);
    const shown = slip.querySelector('[data-age]');
    if (shown.textContent !== text) shown.textContent = text;
    slip.querySelector('.age-bar rect').setAttribute('width', Math.min(100, Math.max(2, share)));
    const class_ = share >= 100 ? 'late' : share >= 70 ? 'soon' : 'fine';
    ['late', 'soon', 'fine'].forEach((name) => slip.classList.toggle(name, name === class_));
  });
};
setInterval(grow, 1_000);

// --- Minutes until ready: in steps, or a preset. ---
const STEP_MIN = 5;
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-preset], [data-step]');
  const field = button?.closest('.minutes').querySelector('input');
  if (!field) return;
  const { preset, step } = button.dataset;
  const wanted = preset ?? Number(field.value) + Number(step) * STEP_MIN;
  field.value = Math.min(field.max, Math.max(STEP_MIN, wanted));
});

// --- The board never shows an unsaved state. A request keeps its id until it is answered, so that
// pressing again is the same request. ---
const wishes = new Map();
const unsent = new Set();
const random = () =>
  crypto.randomUUID?.() ??
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
  );
const name = (form) => form.getAttribute('action') + (form.elements.dish?.value ?? '');
const mark = () => {
  const forms = $$('form[data-once]');
  forms.forEach((form) => form.classList.toggle('unsent', unsent.has(name(form))));
  const down = root.classList.contains('offline');
  forms.forEach((form) => $$('[type=submit]', form).forEach((b) => (b.disabled = down)));
};
document.addEventListener('formdata', ({ target, formData }) => {
  if (!target.matches('[data-once]')) return;
  const wish = name(target) + '?' + new URLSearchParams(formData);
  if (!wishes.has(wish)) wishes.set(wish, random());
  formData.set('request_id', wishes.get(wish));
});
document.addEventListener('sent', ({ target }) => {
  const mine = name(target);
  unsent.delete(mine);
  [...wishes.keys()].filter((wish) => wish.startsWith(mine)).forEach((w) => wishes.delete(w));
});
document.addEventListener('unsent', (event) => {
  if (!event.target.matches('[data-once]')) return;
  event.preventDefault();
  unsent.add(name(event.target));
  document.getElementById('say').textContent = head.dataset.unsent;
  mark();
});
document.addEventListener('connection', mark);

document.addEventListener('swapped', () => {
  const here = new Set($$('form[data-once]').map(name));
  [...unsent].filter((form) => !here.has(form)).forEach((form) => unsent.delete(form));
  grow();
  mark();
  arrive();
});
grow();
arrive();
