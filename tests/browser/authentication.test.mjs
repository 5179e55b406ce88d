// Cards whose bank asks their holder, from the checkout to the bank and back.
import assert from 'node:assert/strict';
import { expectText } from './support/expect.mjs';
import { PHONE, stage } from './support/stage.mjs';

const { test } = stage();

/** A card that wants authentication for every payment. */
const CARD = { number: '4000002760003184', name: 'Card that asks' };
const ASKS = 'Your bank asks you to confirm this payment.';

/** Orders with such a card and goes to the page of the bank. */
const goToBank = async (ada) => {
  const order = await ada.orders('bella-napoli', 'Diavola', {}, { card: CARD });
  await ada.reads(ASKS);
  await ada.page.getByRole('link', { name: 'Continue to your bank' }).click();
  await ada.page.getByRole('heading', { name: 'Confirm your payment' }).waitFor();
  return order;
};

const payment = async (cast, order) => {
  const answer = await cast.system.asStaff('GET', `/api/orders/${order}`);
  return answer.payment.state;
};

test('a phone pays with a card that wants authentication, by nothing but labels', async (cast) => {
  const ada = await cast.customer({ viewport: PHONE, hasTouch: true });
  const order = await goToBank(ada);
  await ada.page.getByRole('button', { name: 'Complete' }).click();
  await ada.page.waitForURL(`**/orders/${order}`);
  await ada.reads('Confirmed.');
  assert.equal(await payment(cast, order), 'authorized');
});

test('a failed authentication says so, and the same dishes can be paid with another card', async (cast) => {
  const ada = await cast.customer();
  const order = await goToBank(ada);
  await ada.page.getByRole('button', { name: 'Fail' }).click();
  await ada.page.waitForURL(`**/orders/${order}`);
  await ada.reads('Your bank did not confirm the payment.');
  assert.equal(await payment(cast, order), 'declined');
  await ada.page.getByRole('link', { name: 'Try again' }).click();
  await expectText(ada.page.locator('main'), 'Diavola');
  await ada.entersCard({ number: '4242424242424242', name: 'Visa' });
  const again = await ada.pays();
  assert.notEqual(again, order);
  await ada.reads('Confirmed.');
});

test('who goes back from the bank finds the order waiting, also in another tab', async (cast) => {
  const ada = await cast.customer();
  const order = await goToBank(ada);
  await ada.page.goBack();
  await ada.reads(ASKS);
  const other = await ada.page.context().newPage();
  await other.goto(`/orders/${order}`);
  await other.getByRole('link', { name: 'Continue to your bank' }).click();
  await other.getByRole('button', { name: 'Complete' }).click();
  await other.waitForURL(`**/orders/${order}`);
  // The first tab learns of it.
  await ada.reads('Confirmed.');
  assert.equal(await payment(cast, order), 'authorized');
});
