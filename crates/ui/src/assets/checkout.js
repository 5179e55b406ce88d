// Takes cards in fields of the payment gateway: a card becomes a token there, and the form is sent
// with the token. The page stays while the form is refused, so that the card stays entered.

const $ = (selector, root = document) => root.querySelector(selector);
const form = $('form.checkout');
const card = $('[data-card]');
const FIELDS_WITHIN_MS = 30_000;
const ANSWER_WITHIN_MS = 30_000;

let stripe;
let elements;
let isBusy = false;
let isLeaving = false;

// --- The look of the fields: the colours of the page, which the gateway cannot read. ---
const COLOURS = {
  colorPrimary: '--ember-fill',
  colorBackground: '--card',
  colorText: '--ink',
  colorTextSecondary: '--soft',
  colorDanger: '--bad',
};
const dark = matchMedia('(prefers-color-scheme: dark)');
const appearance = () => {
  const probe = document.createElement('span');
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = Object.entries(COLOURS).map(([name, ours]) => [name, colour(ours)]);
  const edge = colour('--edge');
  probe.remove();
  const theme = document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light');
  return {
    theme: theme === 'dark' ? 'night' : 'stripe',
    variables: {
      ...Object.fromEntries(colours),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSizeBase: '16px',
      borderRadius: '10px',
    },
    rules: {
      '.Input': { border: `1px solid ${edge}`, boxShadow: 'none' },
      '.Label': { fontSize: '16px', fontWeight: '600' },
    },
  };
};

const chosen = (name) => $(`[name=${name}]:checked`, form);
const sum = () => $(`[name=${chosen('fulfilment').value}_sum_minor]`, form);

// --- Cash, where the restaurant takes it, and up to its limit ---
const method = (value) => $(`[name=payment_method][value=${value}]`, form);
const isCash = () => method('cash')?.checked ?? false;
const limitCash = () => {
  const [cash, other] = [method('cash'), method('card')];
  if (!cash?.dataset.limit || !other) return;
  const total = Number(sum().value) + Number(chosen('tip_minor').value);
  cash.disabled = total > Number(cash.dataset.limit);
  if (!cash.disabled || !cash.checked) return;
  other.checked = true;
  $('#say').textContent = cash.closest('label').innerText;
};

// --- The fields ---
const amount = () =>
  Math.max(1, Number(sum().dataset.amount) + Number(chosen('tip_minor').dataset.amount));
const load = (src) =>
  new Promise((resolve, reject) => {
    const script = document.createElement('script');
    Object.assign(script, { src, onload: resolve, onerror: reject });
    document.head.append(script);
  });
// Resolves once the fields can be used.
const showFields = () =>
  new Promise((resolve, reject) => {
    stripe = window.Stripe(card.dataset.card);
    elements = stripe.elements({
      mode: 'payment',
      amount: amount(),
      currency: card.dataset.currency,
      paymentMethodTypes: ['card'],
      captureMethod: card.dataset.capture,
      locale: document.documentElement.lang,
      appearance: appearance(),
    });
    const fields = elements.create('payment', { wallets: { link: 'never' } });
    fields.on('ready', resolve);
    fields.on('loaderror', reject);
    fields.mount(card.firstElementChild);
  });
const start = async () => {
  const late = new Promise((_, reject) => setTimeout(reject, FIELDS_WITHIN_MS));
  try {
    await Promise.race([load(card.dataset.script).then(showFields), late]);
    card.ariaBusy = 'false';
  } catch {
    elements = undefined;
    card.replaceWith($('[data-without-card]').content.cloneNode(true));
    $('.card-field-hint').remove();
  }
};

// --- The button: one press at a time. ---
const setBusy = (busy) => {
  isBusy = busy;
  const button = $('.pay button', form);
  button.ariaBusy = String(busy);
  button.ariaDisabled = String(busy);
  if (busy) $('#say').textContent = $('.paying', button).innerText;
};
const leave = (url) => {
  isLeaving = true;
  location.assign(url);
};

// --- What the shop answers: the parts of its page replace ours, except the fields of the card. ---
const show = (page, isCardWrong) => {
  if (!$('form.checkout', page)) {
    const main = $('main', page);
    // The cart is empty by now, or this is a page about a problem.
    if ($('.empty', main)) $('main').replaceChildren(...main.childNodes);
    else tell($('h1', main).textContent);
    return;
  }
  for (const part of document.querySelectorAll('[data-part]')) {
    part.replaceChildren(...page.getElementById(part.id).childNodes);
  }
  limitCash();
  elements?.update({ amount: amount() });
  const error = $('#card-error');
  const atPayment = $('#method-error') ?? (error.textContent && !isCardWrong ? error : null);
  const about = atPayment ?? $('#checkout-notices > *');
  const first = $('[aria-invalid=true]', form) ?? (isCardWrong ? null : about);
  if (!first) return;
  first.tabIndex = first.matches('input') ? 0 : -1;
  first.focus({ preventScroll: true });
  first.scrollIntoView({ block: 'center' });
};
const tell = (text) => {
  const notice = $('[data-notice]').content.cloneNode(true);
  if (text) $('p', notice).textContent = text;
  $('#checkout-notices').replaceChildren(notice);
  $('#checkout-notices').scrollIntoView({ block: 'center' });
};
const tellAtCard = (text) => {
  const error = Object.assign(document.createElement('p'), { className: 'error', textContent: text });
  $('#card-error').replaceChildren(error);
};

// --- Paying ---
const makeToken = () => {
  const billing = {};
  for (const name of ['name', 'email', 'phone']) {
    const entered = form.elements.namedItem(name).value.trim();
    if (entered) billing[name] = entered;
  }
  const params = { payment_method_data: { billing_details: billing } };
  return stripe.createConfirmationToken({ elements, params });
};
const send = async (token, isCardWrong) => {
  const body = new URLSearchParams(new FormData(form));
  if (token !== undefined) body.set('payment_method', token);
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const headers = { accept: 'text/html' };
  const answer = await fetch(form.action, { method: 'POST', body, headers, signal });
  if (answer.redirected) return leave(answer.url);
  show(new DOMParser().parseFromString(await answer.text(), 'text/html'), isCardWrong);
};
const pay = async (ready) => {
  if (isCash()) return send();
  await ready;
  if (!elements) return send();
  const { error } = await elements.submit();
  // Without a token nothing is placed: the answer names what else is wrong.
  if (error?.type === 'validation_error') return send('', true);
  if (error) return tellAtCard(error.message);
  const made = await makeToken();
  if (made.error) return tellAtCard(made.error.message);
  $('#card-error').replaceChildren();
  return send(made.confirmationToken.id, false);
};

if (form) {
  limitCash();
  form.addEventListener('change', limitCash);
}
if (form && card) {
  const ready = start();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    try {
      await pay(ready);
    } catch {
      // It is not known whether the order arrived; the key makes a second press the same order.
      tell();
    }
    if (!isLeaving && form.isConnected) setBusy(false);
  });
  form.addEventListener('change', () => elements?.update({ amount: amount() }));
  const repaint = () => elements?.update({ appearance: appearance() });
  dark.addEventListener('change', repaint);
  const theme = new MutationObserver(repaint);
  theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  // Back from the order: the cart is another one by now.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && isLeaving) location.reload();
    else if (persisted) setBusy(false);
  });
}
