// A price that is raised during the checkout: both totals are shown, and nothing is charged unseen.
import assert from 'node:assert/strict';
import { expectText, reloadUntil } from './support/expect.mjs';
import { stage } from './support/stage.mjs';
import { waitUntil } from './support/until.mjs';

const { test } = stage();

const MENU = '/api/restaurants/bella-napoli/menu';

/** Sets the price of a dish; waits until the shop has it. */
const setPrice = async (system, dish, minor) => {
  const { categories } = await system.asStaff('GET', MENU);
  for (const item of categories.flatMap(({ items }) => items)) {
    delete item.available;
    if (item.id === dish) item.price_minor = minor;
  }
  await system.asStaff('PUT', MENU, { categories });
  await waitUntil('the shop has the price', async () => {
    const menu = await system.asStaff('GET', MENU);
    const items = menu.categories.flatMap((category) => category.items);
    return items.find(({ id }) => id === dish).price_minor === minor;
  });
};

for (const [how, javaScriptEnabled, dish, id] of [
  ['with', true, 'Gnocchi al pesto', 'gnocchi-pesto'],
  ['without', false, 'Diavola', 'diavola'],
]) {
  test(`a raised price is shown before it is paid, ${how} JavaScript`, async (cast) => {
    await setPrice(cast.system, id, 900);
    const ada = await cast.customer({ javaScriptEnabled });
    await ada.opens('bella-napoli');
    await ada.adds(dish);
    await ada.goesToCheckout();
    await ada.fills();
    const pay = ada.page.getByRole('button', { name: /^Pay/ });
    await expectText(pay, 'Pay €9.00');
    await setPrice(cast.system, id, 1500);
    await pay.click();
    const alert = ada.page.getByRole('alert').first();
    await expectText(alert, /was €9\.00 and is €15\.00 now/);
    await expectText(alert, /Nothing was charged/);
    assert.equal(await ada.page.getByLabel('Name', { exact: true }).inputValue(), 'Ada');
    await expectText(pay, 'Pay €15.00');
    const order = await ada.pays();
    if (javaScriptEnabled) await ada.reads('Confirmed.');
    else await reloadUntil(ada.page, ada.sentence, 'Confirmed.');
    assert.equal((await cast.system.asStaff('GET', `/api/orders/${order}`)).total_minor, 1500);
  });
}
