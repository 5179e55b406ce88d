// Declined payments, and the next attempt.
import assert from 'node:assert/strict';
import { CARDS } from './support/customer.mjs';
import { expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

test('a declined card costs nothing, and the second try is filled in', async (cast) => {
  const ada = await cast.customer();
  const form = { name: 'Ada', email: 'ada@example.com', address: '12 Via Roma' };
  const declined = await ada.orders(
    'bella-napoli',
    'Diavola',
    { quantity: 2 },
    { ...form, card: CARDS.declined },
  );
  await ada.reads('Your bank declined the card.');

  await ada.page.getByRole('link', { name: 'Try again' }).click();
  await ada.page.waitForURL('**/checkout?**');
  const filled = (label) => ada.page.getByLabel(label, { exact: true }).inputValue();
  assert.equal(await filled('Name'), form.name);
  assert.equal(await filled('E-mail'), form.email);
  assert.equal(await ada.page.getByLabel('Address').inputValue(), form.address);
  await expectText(ada.page.getByRole('listitem').filter({ hasText: 'Diavola' }), '2×');

  await ada.entersCard(CARDS.good);
  const order = await ada.pays();
  assert.notEqual(order, declined);
  await ada.reads('Paid. Bella Napoli is looking at your order.');
  const details = await cast.system.asStaff('GET', `/api/orders/${declined}`);
  assert.deepEqual([details.status, details.payment.state], ['declined', 'declined']);
});
