// The fields of a card. The page of the shop asks through a port, and learns tokens and errors.

const form = document.getElementById('card');
const inputs = { number: form.number, expiry: form.expiry, cvc: form.cvc };
const digits = (input) => input.value.replace(/\D/g, '');

let texts = TEXTS.en;
let key = '';
let options = {};
let port = null;

const showError = (name, error) => {
  const input = inputs[name];
  document.getElementById(`${name}-error`).textContent = error ? texts[error] : '';
  if (error) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
};

const check = () => ({
  number: checkNumber(digits(inputs.number)),
  expiry: checkExpiry(parseExpiry(inputs.expiry.value), new Date()),
  cvc: checkCvc(digits(inputs.cvc), digits(inputs.number)),
});

const submit = () => {
  const found = check();
  const wrong = Object.keys(inputs).filter((name) => found[name]);
  for (const name of Object.keys(inputs)) showError(name, found[name]);
  if (wrong.length === 0) return { selectedPaymentMethod: 'card' };
  inputs[wrong[0]].focus();
  const error = found[wrong[0]];
  return { error: { type: 'validation_error', code: CODES[error], message: texts[error] } };
};

const createToken = async (params) => {
  const { month, year } = parseExpiry(inputs.expiry.value);
  const body = new URLSearchParams({
    'payment_method_data[type]': 'card',
    'payment_method_data[card][number]': digits(inputs.number),
    'payment_method_data[card][exp_month]': month,
    'payment_method_data[card][exp_year]': year,
    'payment_method_data[card][cvc]': digits(inputs.cvc),
    'client_context[mode]': options.mode,
    'client_context[currency]': options.currency,
    'client_context[amount]': options.amount,
    'client_context[capture_method]': options.captureMethod ?? 'automatic',
  });
  for (const type of options.paymentMethodTypes ?? []) {
    body.append('client_context[payment_method_types][]', type);
  }
  if (params.return_url) body.append('return_url', params.return_url);
  try {
    const headers = { Authorization: `Bearer ${key}` };
    const response = await fetch('/v1/confirmation_tokens', { method: 'POST', headers, body });
    const answer = await response.json();
    return response.ok ? { confirmationToken: answer } : { error: answer.error };
  } catch {
    return { error: { type: 'api_connection_error', message: texts.unreachable } };
  }
};

const setUp = (data) => {
  ({ key, options } = data);
  const language = languageOf(options.locale);
  texts = TEXTS[language];
  document.documentElement.lang = language;
  for (const label of form.querySelectorAll('[data-text]')) {
    label.textContent = texts[label.dataset.text];
  }
  paint(options.appearance);
};

const paint = ({ theme, variables = {} } = {}) => {
  document.documentElement.classList.toggle('night', theme === 'night');
  for (const [name, value] of Object.entries(variables)) {
    if (/^[a-zA-Z]+$/.test(name)) document.documentElement.style.setProperty(`--${name}`, value);
  }
};

window.addEventListener('message', ({ data, ports, source }) => {
  if (source !== window.parent || data?.type !== 'setup' || port) return;
  [port] = ports;
  setUp(data);
  port.onmessage = async ({ data: { id, call, params } }) => {
    if (call === 'update') {
      options = { ...options, ...params };
      paint(options.appearance);
      return;
    }
    const answer = call === 'submit' ? submit() : await createToken(params);
    port.postMessage({ type: 'answer', id, answer });
  };
  const resized = new ResizeObserver(() => {
    port.postMessage({ type: 'height', height: Math.ceil(document.body.offsetHeight) });
  });
  resized.observe(document.body);
  port.postMessage({ type: 'ready' });
});

// Groups of digits while typing, and the error of a field once it is left.
inputs.number.addEventListener('input', () => {
  const { number } = inputs;
  if (number.selectionEnd < number.value.length) return;
  number.value = digits(number).replace(/(\d{4})(?=\d)/g, '$1 ');
});
inputs.expiry.addEventListener('input', ({ inputType }) => {
  const { expiry } = inputs;
  if (/^\d\d$/.test(expiry.value) && inputType?.startsWith('insert')) expiry.value += ' / ';
});
for (const name of Object.keys(inputs)) {
  inputs[name].addEventListener('change', () => showError(name, check()[name]));
}
form.addEventListener('submit', (event) => event.preventDefault());
