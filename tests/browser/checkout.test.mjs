// Paying by card on the checkout.
import assert from 'node:assert/strict';
import { expectText } from './support/expect.mjs';
import { PHONE, stage } from './support/stage.mjs';

const { test } = stage();

test('a phone pays with a card, by nothing but labels', async (cast) => {
  const ada = await cast.customer({ viewport: PHONE, hasTouch: true });
  const order = await ada.orders('bella-napoli', 'Diavola');
  await ada.reads('Paid.');
  const { payment } = await cast.system.asStaff('GET', `/api/orders/${order}`);
  assert.equal(payment.state, 'captured');
  const log = await cast.system.log();
  assert.ok(!log.includes('ctoken_'), 'no log has a token');
});
