// Conveniences of the back office. Every page works without them.

// Asks before unsaved input is lost.
const changed = (form) =>
  [...form.elements].some(
    (field) =>
      field.matches('input:not([type=hidden]), select, textarea') &&
      field.name &&
      (field.type === 'checkbox' || field.type === 'radio'
        ? field.checked !== field.defaultChecked
        : field.tagName === 'SELECT'
          ? [...field.options].some((option) => option.selected !== option.defaultSelected)
          : field.value !== field.defaultValue),
  );
let leaving = false;
document.addEventListener('submit', () => {
  leaving = true;
});
addEventListener('beforeunload', (event) => {
  if (!leaving && [...document.querySelectorAll('[data-guard]')].some(changed)) {
    event.preventDefault();
  }
});

// The save bar stands out when there are unsaved changes.
const mark = () => {
  const dirty = [...document.querySelectorAll('[data-guard]')].some(changed);
  document.body.toggleAttribute('data-dirty', dirty);
};
document.addEventListener('input', mark);
mark();

// Reads a chosen file into a text field, for review before it is sent.
document.querySelectorAll('[data-needs-script]').forEach((element) => {
  element.hidden = false;
});
document.addEventListener('change', async ({ target }) => {
  if (!target.matches?.('[data-reads-into]') || !target.files[0]) return;
  document.getElementById(target.dataset.readsInto).value = await target.files[0].text();
});
