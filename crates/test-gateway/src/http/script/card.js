// What is wrong with a card, as the name of a text, and the texts.

const hasCheckDigit = (digits) =>
  [...digits].reverse().reduce((sum, digit, n) => {
    const double = Number(digit) * (n % 2 ? 2 : 1);
    return sum + (double > 9 ? double - 9 : double);
  }, 0) % 10 === 0;

const checkNumber = (digits) => {
  if (digits.length < (/^3[47]/.test(digits) ? 15 : 16)) return 'numberIncomplete';
  return hasCheckDigit(digits) ? null : 'numberInvalid';
};

// `now` is a date; a card is valid until the end of its month.
const checkExpiry = ({ month, year }, now) => {
  if (!month || !year) return 'expiryIncomplete';
  if (month < 1 || month > 12) return 'expiryInvalid';
  const months = (year - now.getFullYear()) * 12 + month - 1 - now.getMonth();
  if (months < 0) return 'expiryPast';
  return months > 50 * 12 ? 'expiryInvalid' : null;
};

const checkCvc = (digits, number) =>
  digits.length < (/^3[47]/.test(number) ? 4 : 3) ? 'cvcIncomplete' : null;

const parseExpiry = (text) => {
  const [month = '', year = ''] = text.includes('/')
    ? text.split('/').map((part) => part.replace(/\D/g, ''))
    : [text.replace(/\D/g, '').slice(0, 2), text.replace(/\D/g, '').slice(2)];
  const isWhole = year.length === 2 || year.length === 4;
  const whole = year.length === 2 ? `20${year}` : year;
  return { month: Number(month), year: isWhole ? Number(whole) : 0 };
};

// Stripe's codes.
const CODES = {
  numberIncomplete: 'incomplete_number',
  numberInvalid: 'invalid_number',
  expiryIncomplete: 'incomplete_expiry',
  expiryInvalid: 'invalid_expiry_year',
  expiryPast: 'invalid_expiry_year_past',
  cvcIncomplete: 'incomplete_cvc',
};

const TEXTS = {
  en: {
    number: 'Card number',
    expiry: 'Expiration date',
    cvc: 'Security code',
    numberIncomplete: 'Your card number is incomplete.',
    numberInvalid: 'Your card number is invalid.',
    expiryIncomplete: 'Your card’s expiration date is incomplete.',
    expiryInvalid: 'Your card’s expiration date is invalid.',
    expiryPast: 'Your card’s expiration year is in the past.',
    cvcIncomplete: 'Your card’s security code is incomplete.',
    unreachable: 'The payment provider cannot be reached. Check your connection and try again.',
  },
  it: {
    number: 'Numero della carta',
    expiry: 'Data di scadenza',
    cvc: 'Codice di sicurezza',
    numberIncomplete: 'Il numero della carta è incompleto.',
    numberInvalid: 'Il numero della carta non è valido.',
    expiryIncomplete: 'La data di scadenza della carta è incompleta.',
    expiryInvalid: 'La data di scadenza della carta non è valida.',
    expiryPast: 'L’anno di scadenza della carta è già passato.',
    cvcIncomplete: 'Il codice di sicurezza della carta è incompleto.',
    unreachable: 'Il servizio di pagamento non risponde. Controlla la connessione e riprova.',
  },
};

const languageOf = (locale) => {
  const wanted = !locale || locale === 'auto' ? navigator.language : locale;
  return Object.keys(TEXTS).find((language) => wanted.startsWith(language)) ?? 'en';
};
