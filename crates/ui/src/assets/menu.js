// The menu page: sheets with a running total, and the category in view.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Sheets: as modal dialogs, so that focus stays inside; with a running total. ---
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

const total = (form) => {
  const output = form?.querySelector('[data-total]');
  if (!output) return;
  const { unit, currency, decimals } = form.dataset;
  const extras = $$('input:checked[data-price], option:checked[data-price]', form).reduce(
    (sum, { dataset }) => sum + Number(dataset.price),
    0,
  );
  const minor = (Number(unit) + extras) * Math.max(1, form.elements.quantity.value);
  output.value = new Intl.NumberFormat('en', { style: 'currency', currency })
    .format(minor / 10 ** decimals)
    .replaceAll(',', '');
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

$$('[data-stepper]').forEach((field) => {
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
  input.before(button('−', 'One less', () => input.stepDown()));
  input.after(button('+', 'One more', () => input.stepUp()));
});

// A sheet that came back open, with what was wrong, becomes modal like the others.
const refused = document.querySelector('.sheet[open]');
refused?.close();
refused?.showModal();

// --- The category in view is marked in the bar, and the bar scrolls along. ---
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
$$('.dishes section').forEach((section) => spy.observe(section));
