// The page of an order whose payment was declined, and the next attempt.
import assert from 'node:assert/strict';
import { CARDS } from './support/customer.mjs';
import { expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';
import { placeOrder } from './support/world.mjs';

const { test } = stage();

test('a declined card costs nothing, and the second try is filled in', async (cast) => {
  const declined = await placeOrder(cast.system, 'diavola', { card: 'pm_card_chargeDeclined' });
  const ada = await cast.customer();
  await ada.page.goto(declined.page);
  await ada.reads('Your bank declined the card.');

  await ada.page.getByRole('link', { name: 'Try again' }).click();
  await ada.page.waitForURL('**/checkout?**');
  const filled = (label) => ada.page.getByLabel(label, { exact: true }).inputValue();
  assert.equal(await filled('Name'), 'Ada');
  assert.equal(await filled('E-mail'), 'ada@example.com');
  await expectText(ada.page.getByRole('listitem').filter({ hasText: 'Diavola' }), '2×');

  await ada.entersCard(CARDS.good);
  const order = await ada.pays();
  assert.notEqual(order, declined.id);
  await ada.reads('Confirmed. Bella Napoli is looking at your order.');
  const details = await cast.system.asStaff('GET', `/api/orders/${declined.id}`);
  assert.deepEqual([details.status, details.payment.state], ['declined', 'declined']);
});
