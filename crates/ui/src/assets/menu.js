// The menu page: sheets with a running total, and the category in view.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Sheets: modal dialogs, so that focus stays inside, with a running total. ---
document.addEventListener('click', (event) => {
  const opener = event.target.closest('[popovertarget]');
  const sheet = opener && document.getElementById(opener.getAttribute('popovertarget'));
  if (!sheet?.matches('dialog')) {
    if (event.target.matches('dialog:modal')) event.target.close();
    return;
  }
  event.preventDefault();
  if (sheet.open) sheet.close();
  else {
    sheet.showModal();
    total(sheet.querySelector('form'));
  }
});

// Formats an amount as the server does.
const money = (minor) => {
  const { before, after, point, group, decimals, whole: isShownWhole } =
    document.querySelector('.shop').dataset;
  const scale = 10 ** decimals;
  const whole = String(Math.floor(minor / scale)).replace(/\B(?=(\d{3})+$)/g, group);
  const hasPart = decimals > 0 && (isShownWhole === undefined || minor % scale > 0);
  const part = hasPart ? point + String(minor % scale).padStart(decimals, '0') : '';
  return before + whole + part + (after && '\u00a0' + after);
};

const total = (form) => {
  const output = form?.querySelector('[data-total]');
  if (!output) return;
  const extras = $$('input:checked[data-price], option:checked[data-price]', form).reduce(
    (sum, { dataset }) => sum + Number(dataset.price),
    0,
  );
  const quantity = Math.max(1, Math.floor(form.elements.quantity.value) || 1);
  output.value = money((Number(form.dataset.unit) + extras) * quantity);
  $$('[data-max]', form).forEach((group) => {
    const boxes = $$('[type=checkbox]', group);
    const chosen = boxes.filter((box) => box.checked).length;
    boxes.forEach((box) => {
      box.disabled = !box.checked && chosen >= group.dataset.max;
    });
    const missing = boxes.length > 0 && chosen < group.dataset.min;
    boxes[0]?.setCustomValidity(missing ? group.querySelector('.rule').textContent : '');
  });
};
document.addEventListener('input', ({ target }) => total(target.closest('.sheet form')));

const makeSteppers = () =>
  $$('[data-stepper]').forEach((field) => {
    if (field.querySelector('button')) return;
    const input = field.querySelector('input');
    const button = (text, label, move) => {
      const made = Object.assign(document.createElement('button'), {
        type: 'button',
        textContent: text,
        className: 'icon-button',
        ariaLabel: label,
      });
      made.onclick = () => {
        move();
        total(input.form);
      };
      return made;
    };
    input.before(button('−', field.dataset.less, () => input.stepDown()));
    input.after(button('+', field.dataset.more, () => input.stepUp()));
  });
makeSteppers();

// A refused sheet is rendered open, with its errors; it becomes modal like the others.
const refused = document.querySelector('.sheet[open]');
refused?.close();
refused?.showModal();

// --- The bar marks the category in view, and scrolls to it. ---
const links = new Map($$('.categories a').map((link) => [link.hash.slice(1), link]));
const inView = new Set();
const spy = new IntersectionObserver(
  (entries) => {
    entries.forEach(({ target, isIntersecting }) =>
      isIntersecting ? inView.add(target.id) : inView.delete(target.id),
    );
    const here = [...links.keys()].find((id) => inView.has(id));
    links.forEach((link, id) => {
      if (id !== here) {
        link.removeAttribute('aria-current');
        return;
      }
      link.setAttribute('aria-current', 'true');
      const bar = link.closest('ul');
      bar.scrollTo({ left: link.offsetLeft - bar.clientWidth / 2 + link.clientWidth / 2 });
    });
  },
  { rootMargin: '-72px 0px -55% 0px' },
);
const watchSections = () => {
  spy.disconnect();
  inView.clear();
  $$('.dishes section').forEach((section) => spy.observe(section));
};
watchSections();

// --- Search and filter while typing; without a script, the server does the same. ---
const form = document.querySelector('[data-search]');
const plain = (text) =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '');

// The number of results in words; announced when typing pauses.
let found = '';
const filter = () => {
  if (!form) return;
  const data = new FormData(form);
  const words = plain(data.get('q')).split(/\s+/).filter(Boolean);
  const [dietary, without] = [data.getAll('diet'), data.getAll('without')];
  const holds = (list, name) => (list ?? '').split(',').includes(name);
  let shown = 0;
  $$('.dishes section').forEach((section) => {
    let some = false;
    $$('.card', section).forEach((card) => {
      const text = plain(
        `${card.querySelector('h3').textContent} ${card.querySelector('.about')?.textContent ?? ''}`,
      );
      const suits =
        words.every((word) => text.includes(word)) &&
        dietary.every((tag) => holds(card.dataset.dietary, tag)) &&
        !without.some((name) => holds(card.dataset.never, name));
      card.parentElement.hidden = !suits;
      some ||= suits;
      shown += suits;
    });
    section.hidden = !some;
    const link = links.get(section.id);
    if (link) link.parentElement.hidden = !some;
  });
  const nothing = document.getElementById('nothing');
  nothing.hidden = shown > 0;
  found = shown
    ? (shown === 1 ? form.dataset.one : form.dataset.many).replace('#', shown)
    : nothing.querySelector('p').textContent;
  const folded = form.querySelector('.without');
  if (!folded) return;
  const names = $$('.without :checked', form).map((box) => box.dataset.name);
  folded.querySelector('summary').textContent =
    folded.dataset.without + (names.length ? ` ${names.join(', ')}` : '\u2026');
};

// The URL keeps the filter, so that it survives a reload and can be shared.
const remember = () => {
  const query = [...new FormData(form)].filter(([, value]) => value);
  const text = new URLSearchParams(query).toString();
  history.replaceState(null, '', text ? `?${text}` : location.pathname);
};

let pause;
form?.addEventListener('input', () => {
  filter();
  clearTimeout(pause);
  pause = setTimeout(() => {
    remember();
    document.getElementById('say').textContent = found;
  }, 400);
});
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  remember();
  document.activeElement.blur(); // Hides a phone's keyboard.
});
// The allergen list covers the dishes; it closes on the next click elsewhere.
document.addEventListener('click', ({ target }) => {
  $$('.without[open]').forEach((folded) => {
    if (!folded.contains(target)) folded.open = false;
  });
});
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return;
  $$('.without[open]').forEach((folded) => {
    folded.open = false;
    folded.querySelector('summary').focus();
  });
});
document.addEventListener('swapped', () => {
  filter();
  makeSteppers();
  watchSections();
  $$('.sheet[open] form').forEach(total);
});
