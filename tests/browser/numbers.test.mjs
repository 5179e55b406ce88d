// Customer, cook and owner call an order by the same number; the receipt says who sold.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { expectText } from './support/expect.mjs';
import { checkLooks } from './support/looks.mjs';
import { PICTURES } from './support/modules.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

const WHO_SOLD = ['Pizzeria Verdi S.n.c.', 'Tax ID IT 09876543210', 'Via Toledo 3, 80134 Napoli NA'];

/** What stands on the paper of a printed page. */
const printed = async (page, name) => {
  await page.emulateMedia({ media: 'print' });
  await page.screenshot({ path: join(PICTURES, `${name}-print.png`), fullPage: true });
  const text = await page.locator('body').innerText();
  await page.emulateMedia({ media: 'screen' });
  return text;
};

test('an order has one number for customer, cook and owner, and the receipt says who sold', async (cast) => {
  const owner = await cast.staff('owner');
  await owner.goto('/backoffice/r/bella-napoli/settings');
  await owner.getByLabel('Registered name').fill('Pizzeria Verdi S.n.c.');
  await owner.getByLabel('VAT number or tax id').fill('IT 09876543210');
  await owner.getByLabel('Street and number').fill('Via Toledo 3');
  await owner.getByLabel('Postcode').fill('80134');
  await owner.getByLabel('Country').fill('Italy');
  await owner.getByRole('button', { name: 'Save' }).last().click();
  await expectText(owner.getByRole('main'), 'Country must be the code of a country');
  await owner.getByLabel('Country').fill('it');
  await owner.getByRole('button', { name: 'Save' }).last().click();
  await expectText(owner.getByRole('status').first(), 'Saved.');

  const cook = await cast.cook();
  const ada = await cast.customer();
  await ada.opens('bella-napoli');
  for (const fact of WHO_SOLD) await expectText(ada.page.getByRole('main'), fact);
  const first = await ada.orders('bella-napoli', 'Margherita');
  await ada.reads('Confirmed.');
  await expectText(ada.page.getByRole('main'), 'Order 1');
  await cook.finds(first, 'New');
  await expectText(cook.slip(first).getByRole('heading', { name: 'Order 1' }), '1');

  const second = await (await cast.customer()).orders('bella-napoli', 'Diavola', {}, { name: 'Bob' });
  await expectText(cook.slip(second).getByRole('heading', { name: 'Order 2' }), '2');
  await cook.presses(second, 'Accept');
  const { number } = await cast.system.asStaff('GET', `/api/orders/${second}`);
  assert.equal(number, 2);

  await owner.goto('/backoffice/orders?restaurant=bella-napoli');
  await owner.getByLabel('Which order?').fill('#2');
  await owner.getByRole('button', { name: 'Search' }).click();
  await expectText(owner.locator('.found'), 'Order 2 · Bob');
  assert.equal(await owner.locator('.found > li').count(), 1);

  // It is a receipt once the money is taken.
  await cook.presses(first, 'Accept');
  await expectText(ada.page.getByRole('main'), 'Paid by card');
  const receipt = await printed(ada.page, 'receipt');
  for (const fact of ['Order 1', ...WHO_SOLD, 'Not a fiscal document', `Order ${first}`]) {
    assert.ok(receipt.includes(fact), `the receipt says ${fact}: ${receipt}`);
  }
  const faults = [
    ...(await checkLooks(ada.page, 'numbers-order', 'light')),
    ...(await checkLooks(cook.page, 'numbers-board', 'light')),
    ...(await checkLooks(owner, 'numbers-search', 'light')),
  ];
  await owner.goto('/backoffice/r/bella-napoli/settings');
  faults.push(...(await checkLooks(owner, 'numbers-settings', 'light')));
  await owner.locator('#seller').scrollIntoViewIfNeeded();
  await owner.screenshot({ path: join(PICTURES, 'numbers-settings-seller.png'), fullPage: true });
  assert.deepEqual(faults, []);
});
