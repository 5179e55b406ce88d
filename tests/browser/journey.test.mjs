// An order from the menu to the table, seen by customer and cook at once.
import assert from 'node:assert/strict';
import { stage } from './support/stage.mjs';

const { test } = stage();

test('an order with options is confirmed, cooked and handed over on two pages at once', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const choices = { options: ['Extra cheese', 'Olives'], quantity: 2, note: 'Well done, please' };
  const order = await ada.orders('bella-napoli', 'Margherita', choices);
  await ada.reads('Confirmed. Bella Napoli is looking at your order.');

  // The board of the cook was open all the time.
  const slip = await cook.finds(order, 'New');
  for (const part of ['Ada', 'Margherita', 'Extra cheese', 'Olives', 'Well done, please']) {
    await cook.reads(order, part);
  }
  await slip.getByRole('button', { name: '35 min' }).click();
  await cook.presses(order, 'Accept');
  await cook.finds(order, 'Preparing');
  await ada.reads(/Bella Napoli has accepted your order, ready about \d+:\d\d/);
  await cook.presses(order, 'Start cooking');
  await ada.reads('Bella Napoli is preparing your order');
  await cook.presses(order, 'Ready');
  await cook.finds(order, 'Ready');
  await ada.reads('Your order is ready to collect at Bella Napoli.');
  await cook.presses(order, 'Handed over');
  await ada.reads('Enjoy your meal!');
  await cook.slip(order).waitFor({ state: 'detached' });

  const details = await cast.system.asStaff('GET', `/api/orders/${order}`);
  assert.equal(details.status, 'completed');
  const paid = { method: 'card', state: 'captured', amount_minor: 2400, currency: 'EUR' };
  assert.deepEqual(details.payment, paid);
});
