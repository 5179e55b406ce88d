// Cancelled and rejected orders, and their refunds.
import { expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

test('a customer cancels in time, and no money is taken', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Insalata caprese');
  await ada.reads('Confirmed. Bella Napoli is looking at your order.');
  await cook.finds(order, 'New');

  await ada.page.getByText('Cancel order').click();
  await ada.page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await ada.reads('You cancelled this order.');
  await cook.slip(order).waitFor({ state: 'detached' });
  await cast.system.waitUntilSettled();
  await ada.page.reload();
  await expectText(ada.page.locator('#order'), 'No money was taken. Your bank may show the €8.90 as reserved');
});

test('a kitchen rejects in its own words and the customer reads them', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Insalata caprese');
  const slip = await cook.finds(order, 'New');
  await slip.getByText('Reject', { exact: true }).click();
  await slip.getByLabel('Or in your own words').fill('The oven has gone out');
  await cook.presses(order, 'Reject the order');
  await cook.slip(order).waitFor({ state: 'detached' });
  await ada.reads('Bella Napoli had to cancel your order.');
  await expectText(ada.page.locator('#order'), 'The oven has gone out');
});
