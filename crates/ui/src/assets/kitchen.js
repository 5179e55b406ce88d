// The kitchen's bell: a ticket that was not seen before rings, and stays lit until it is touched.

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
    /* Forbidden. */
  }
};
const seen = memory('seen');
const touched = memory('touched');
const tickets = () => [...document.querySelectorAll('[data-ticket]')];

let audio;
const ring = () => {
  audio ??= new AudioContext();
  audio.resume();
  [0, 0.22].forEach((after, n) => {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const start = audio.currentTime + after;
    tone.frequency.value = n ? 988 : 784;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.3, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.55);
  });
};

const mute = document.querySelector('[data-mute]');
const quiet = () => mute.ariaPressed === 'true';
// Browsers stay silent until a page was touched once: the button says so.
const audible = () => navigator.userActivation?.hasBeenActive ?? true;
const label = () => {
  mute.querySelector('span').textContent = quiet()
    ? 'Bell is off'
    : audible()
      ? 'Bell is on'
      : 'Touch for sound';
};
mute.hidden = false;
mute.onclick = () => {
  if (audio || quiet()) mute.ariaPressed = String(!quiet());
  if (!quiet()) ring();
  label();
};

const look = () => {
  const fresh = tickets().filter(({ id }) => !seen.has(id));
  fresh.forEach(({ id }) => seen.add(id));
  keep('seen', seen);
  tickets().forEach((ticket) => ticket.classList.toggle('touched', touched.has(ticket.id)));
  if (fresh.length && !quiet() && audible()) ring();
};
document.addEventListener('swapped', look);
document.addEventListener('pointerdown', ({ target }) => {
  const ticket = target.closest('[data-ticket]');
  if (!ticket) return;
  touched.add(ticket.id);
  keep('touched', touched);
  ticket.classList.add('touched');
});
document.addEventListener('click', label, { once: true });
label();
look();
