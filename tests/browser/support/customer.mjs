// A customer's actions; elements are found by their visible text.
import { expectText } from './expect.mjs';

/** Test cards by their effect: a number for the fields, and its name where a page has no script. */
export const CARDS = {
  good: { number: '4242424242424242', name: 'Visa' },
  declined: { number: '4000000000000002', name: 'Declined card' },
  empty: { number: '4000000000009995', name: 'Empty card' },
};

/** The labels of the fields of a card. */
export const CARD_LABELS = ['Card number', 'Expiration date', 'Security code'];

export class Customer {
  constructor(page) {
    this.page = page;
  }

  /** Opens a restaurant's menu. */
  async opens(restaurant) {
    await this.page.goto(`/r/${restaurant}`);
  }

  /** The card of a dish. */
  card(dish) {
    return this.page.getByRole('article').filter({ hasText: dish });
  }

  /** Chooses a dish on the open menu. */
  async adds(dish, { options = [], quantity = 1, note } = {}) {
    await this.page.getByRole('button', { name: dish, exact: true }).click();
    const sheet = this.page.getByRole('dialog', { name: dish });
    for (const option of options) await sheet.getByLabel(option).check();
    if (quantity !== 1) await sheet.getByLabel('Quantity').fill(String(quantity));
    if (note) await sheet.getByLabel('Note for the kitchen').fill(note);
    await sheet.getByRole('button', { name: 'Add' }).click();
    await sheet.waitFor({ state: 'hidden' });
  }

  async goesToCheckout() {
    const open = this.page.getByRole('button', { name: 'View order' });
    if (await open.isVisible()) await open.click();
    await this.page.getByRole('link', { name: 'Go to checkout' }).click();
    await this.page.waitForURL('**/checkout?**');
  }

  /** Fills in the checkout form. */
  async fills({ card = CARDS.good, ...person } = {}) {
    await this.entersPerson(person);
    await this.entersCard(card);
  }

  /** Fills in the checkout form, except the payment. */
  async entersPerson({ name = 'Ada', email = 'ada@example.com', address }) {
    const { page } = this;
    await page.getByRole('radio', { name: address ? 'Delivery' : 'Pickup' }).check();
    if (address) await page.getByLabel('Address').fill(address);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('E-mail', { exact: true }).fill(email);
  }

  async choosesCash() {
    await this.page.getByRole('radio', { name: 'Cash' }).check();
  }

  /** The fields of a card; their frame is the payment gateway's. */
  get cardFields() {
    return this.page.frameLocator('iframe[title="Secure payment input frame"]');
  }

  /** Enters a card in its fields, or chooses it by name where the page has no script. */
  async entersCard({ number, name }, labels = CARD_LABELS) {
    const { page, cardFields } = this;
    if (await page.evaluate(() => matchMedia('(scripting: none)').matches)) {
      return page.getByRole('radio', { name }).check();
    }
    const entries = [number, '12 / 40', '123'];
    for (const [n, text] of entries.entries()) await cardFields.getByLabel(labels[n]).fill(text);
  }

  /** Pays with a button; returns the order's id. */
  async pays(button = /^Pay/) {
    await this.page.getByRole('button', { name: button }).click();
    await this.page.waitForURL('**/orders/*');
    return new URL(this.page.url()).pathname.split('/').at(-1);
  }

  /** Orders one dish, from the menu to the order page. */
  async orders(restaurant, dish, choices, form) {
    await this.opens(restaurant);
    await this.adds(dish, choices);
    await this.goesToCheckout();
    await this.fills(form);
    return this.pays();
  }

  /** The headline of the order page. */
  get sentence() {
    return this.page.getByRole('heading', { level: 1 });
  }

  /** Waits for a headline. */
  async reads(sentence) {
    await expectText(this.sentence, sentence);
  }
}
