// The kitchen's bell: a ticket that was not seen before rings, and stays lit until it is touched.

const memory = (key) => {
  try { return new Set(JSON.parse(sessionStorage.getItem(key) ?? '[]')); } catch { return new Set(); }
};
const keep = (key, set) => {
  try { sessionStorage.setItem(key, JSON.stringify([...set].slice(-500))); } catch { /* Forbidden. */ }
};
const seen = memory('seen');
const touched = memory('touched');
const tickets = () => [...document.querySelectorAll('[data-ticket]')];

let audio;
const ring = () => {
  audio ??= new AudioContext();
  if (audio.state === 'suspended') audio.resume(); // Browsers want a touch first.
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
mute.hidden = false;
mute.onclick = () => {
  const quiet = mute.ariaPressed !== 'true';
  mute.ariaPressed = String(quiet);
  if (!quiet) ring();
};

const look = () => {
  const fresh = tickets().filter(({ id }) => !seen.has(id));
  fresh.forEach(({ id }) => seen.add(id));
  keep('seen', seen);
  tickets().forEach((ticket) => ticket.classList.toggle('touched', touched.has(ticket.id)));
  if (fresh.length && mute.ariaPressed !== 'true') ring();
};
document.addEventListener('swapped', look);
document.addEventListener('pointerdown', ({ target }) => {
  const ticket = target.closest('[data-ticket]');
  if (!ticket) return;
  touched.add(ticket.id);
  keep('touched', touched);
  ticket.classList.add('touched');
});
look();
