// A customer's actions; elements are found by their visible text.
import { expectText } from './expect.mjs';

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
  async fills({ name = 'Ada', email = 'ada@example.com', address, card = 'Visa' } = {}) {
    const { page } = this;
    await page.getByRole('radio', { name: address ? 'Delivery' : 'Pickup' }).check();
    if (address) await page.getByLabel('Address').fill(address);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('E-mail', { exact: true }).fill(email);
    await page.getByRole('radio', { name: card }).check();
  }

  /** Pays; returns the order's id. */
  async pays() {
    await this.page.getByRole('button', { name: /^Pay/ }).click();
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
