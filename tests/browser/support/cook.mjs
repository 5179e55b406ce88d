// A cook's actions on the board.
import { expectText } from './expect.mjs';

export class Cook {
  constructor(page) {
    this.page = page;
  }

  /** Opens the board of a restaurant. */
  async opens(restaurant = 'bella-napoli') {
    await this.page.goto(`/kitchen?restaurant=${restaurant}`);
  }

  /** The slip of an order. */
  slip(order) {
    return this.page.locator(`#t-${order}`);
  }

  /** The column with a heading. */
  column(name) {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Waits until an order's slip is in a column. */
  async finds(order, column) {
    const slip = this.column(column).locator(`#t-${order}`);
    await slip.waitFor();
    return slip;
  }

  /** Presses a button of a slip. */
  async presses(order, button) {
    await this.slip(order).getByRole('button', { name: button, exact: true }).click();
  }

  /** The band shown without a connection. */
  get band() {
    return this.page.getByText('No connection.');
  }

  /** Opens a sheet over the board: "Dishes", "All day", "Handed over". */
  async opensSheet(name) {
    await this.page.locator('.board-sheets').getByRole('button', { name }).click();
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Waits until a slip shows a text. */
  async reads(order, text) {
    await expectText(this.slip(order), text);
  }
}
