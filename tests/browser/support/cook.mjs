// What a cook does with the board.
import { expectText } from './expect.mjs';

export class Cook {
  constructor(page) {
    this.page = page;
  }

  /** Signs in with the token of staff, by the form. */
  async signsIn(token) {
    await this.page.goto('/kitchen');
    await this.page.getByLabel('Staff token').fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.waitForURL('**/kitchen**');
  }

  /** The slip of an order. */
  ticket(order) {
    return this.page.locator(`#t-${order}`);
  }

  /** The column that a heading names. */
  column(name) {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Waits until an order's slip lies in a column. */
  async finds(order, column) {
    const slip = this.column(column).locator(`#t-${order}`);
    await slip.waitFor();
    return slip;
  }

  /** Presses a button of a slip. */
  async presses(order, button) {
    await this.ticket(order).getByRole('button', { name: button }).click();
  }

  /** Waits until a slip says something. */
  async reads(order, text) {
    await expectText(this.ticket(order), text);
  }
}
