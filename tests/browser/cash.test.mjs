// Orders that are paid in cash, and money that is only held until the restaurant accepts.
import assert from 'node:assert/strict';
import { expectCount, expectText, reloadUntil } from './support/expect.mjs';
import { checkLooks } from './support/looks.mjs';
import { PHONE, stage } from './support/stage.mjs';
import { waitForStatus } from './support/world.mjs';
import { waitUntil } from './support/until.mjs';

const { test } = stage();

const payment = async (cast, order) =>
  (await cast.system.asStaff('GET', `/api/orders/${order}`)).payment;

/** Waits until the payment of an order has a state. */
const waitForPayment = (cast, order, state) =>
  waitUntil(`the payment is ${state}`, async () => (await payment(cast, order)).state === state);

/** A customer at the checkout of Bella Napoli, who takes cash up to €60. */
const atCheckout = async (cast, { quantity = 2, ...options } = {}) => {
  const ada = await cast.customer(options);
  await ada.opens('bella-napoli');
  await ada.adds('Diavola', { quantity });
  await ada.goesToCheckout();
  return ada;
};

const cash = ({ page }) => page.getByRole('radio', { name: 'Cash' });
const slipOf = ({ page }) => page.getByRole('region', { name: 'Bella Napoli' });

test('a phone orders in cash, by nothing but labels, and pays at hand-over', async (cast) => {
  const cook = await cast.cook();
  const ada = await atCheckout(cast, { viewport: PHONE, hasTouch: true });
  await ada.entersPerson({});
  await ada.choosesCash();
  const main = ada.page.getByRole('main');
  await expectText(main, 'You pay €23.00 in cash at Bella Napoli, when you collect your order.');
  await expectCount(ada.page.locator('.card-field').filter({ visible: true }), 0);
  const order = await ada.pays('Order for €23.00 in cash');
  await ada.reads('Confirmed. Bella Napoli is looking at your order.');
  await expectText(slipOf(ada), 'To pay in cash: €23.00');
  assert.deepEqual(await payment(cast, order), {
    method: 'cash',
    state: 'due',
    amount_minor: 2300,
    currency: 'EUR',
  });

  await cook.finds(order, 'New');
  await cook.reads(order, 'Cash €23.00 at hand-over');
  await cook.presses(order, 'Accept');
  for (const step of ['Start cooking', 'Ready']) await cook.presses(order, step);
  await ada.reads('Your order is ready to collect at Bella Napoli.');
  await expectText(main, 'You pay €23.00 in cash at Bella Napoli');
  await cook.presses(order, 'Handed over, cash €23.00 received');
  await ada.reads('Enjoy your meal!');
  // Without a reload: the payment follows the last step.
  await expectText(slipOf(ada), 'Paid in cash');
  assert.equal((await payment(cast, order)).state, 'collected');
  const past = await cook.opensSheet('Handed over');
  await expectText(past, 'Paid in cash, €23.00');
});

test('cash is refused over its limit, and comes back with a smaller order', async (cast) => {
  const ada = await atCheckout(cast, { quantity: 5 });
  // Five are €57.50: with delivery they come to the limit, with a tip over it.
  await ada.page.getByRole('radio', { name: 'Delivery' }).check();
  await ada.choosesCash();
  await ada.page.getByRole('radio', { name: '€6.00' }).check();
  await waitUntil('cash cannot be chosen', () => cash(ada).isDisabled());
  await expectText(ada.page.getByRole('main'), 'Up to €60.00; this order is €66.00');
  assert.equal(await ada.page.getByRole('radio', { name: /^Card/ }).isChecked(), true);
  await ada.page.getByRole('radio', { name: 'No tip' }).check();
  await waitUntil('cash can be chosen', async () => !(await cash(ada).isDisabled()));
  await ada.choosesCash();
});

test('cash over its limit is refused beside the choice, without JavaScript, and the cart is kept', async (cast) => {
  const ada = await atCheckout(cast, { quantity: 5, javaScriptEnabled: false });
  await ada.entersPerson({ address: '12 Via Roma' });
  await ada.choosesCash();
  await ada.page.getByRole('radio', { name: '€6.00' }).check();
  await ada.page.getByRole('button', { name: /^Order for €66\.00/ }).click();
  const choice = ada.page.getByRole('group', { name: 'Payment' });
  await expectText(choice, 'This restaurant takes at most €60.00 in cash; pay by card.');
  assert.equal(await ada.page.getByLabel('Name', { exact: true }).inputValue(), 'Ada');
  await expectText(ada.page.getByRole('listitem').filter({ hasText: 'Diavola' }), '5×');
  await ada.page.getByRole('radio', { name: 'No tip' }).check();
  const order = await ada.pays('Order for €60.00 in cash');
  await reloadUntil(ada.page, ada.sentence, 'Confirmed.');
  await expectText(ada.page.getByRole('main'), 'You pay €60.00 in cash to the courier');
  await ada.page.getByText('Cancel order').click();
  await expectText(ada.page.locator('#cancel'), 'You have nothing to pay.');
  await ada.page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await reloadUntil(ada.page, ada.sentence, 'You cancelled this order.');
  await waitForPayment(cast, order, 'void');
});

test('without JavaScript, a card is chosen beside cash', async (cast) => {
  const ada = await atCheckout(cast, { javaScriptEnabled: false });
  await ada.fills();
  const order = await ada.pays();
  await reloadUntil(ada.page, ada.sentence, 'Confirmed.');
  assert.equal((await payment(cast, order)).method, 'card');
});

test('held money is taken when the kitchen accepts, and the open page says so', async (cast) => {
  const cook = await cast.cook();
  const ada = await atCheckout(cast);
  await ada.fills();
  const main = ada.page.getByRole('main');
  await expectText(main, 'It is taken only when Bella Napoli accepts your order.');
  const order = await ada.pays();
  await ada.reads('Confirmed. Bella Napoli is looking at your order.');
  await expectText(main, 'Your bank holds €23.00.');
  await expectText(slipOf(ada), '€23.00 held on your card');
  await expectCount(ada.page.getByRole('button', { name: 'Print the receipt' }), 0);
  await cook.finds(order, 'New');
  await cook.presses(order, 'Accept');
  await ada.reads('Bella Napoli has accepted your order');
  await expectText(slipOf(ada), 'Paid by card');
  await ada.page.getByRole('button', { name: 'Print the receipt' }).waitFor();
  assert.equal((await payment(cast, order)).state, 'captured');
});

test('held money is not taken when the kitchen rejects, and page and mail say so', async (cast) => {
  const cook = await cast.cook();
  const ada = await atCheckout(cast);
  await ada.fills({ email: 'rejected@example.com' });
  const order = await ada.pays();
  const slip = await cook.finds(order, 'New');
  await slip.getByText('Reject', { exact: true }).click();
  await slip.getByText('We are about to close').click();
  await cook.presses(order, 'Reject the order');
  await ada.reads('Bella Napoli had to cancel your order.');
  const main = ada.page.getByRole('main');
  await expectText(main, 'No money was taken. Your bank may show the €23.00 as reserved');
  await waitForPayment(cast, order, 'void');
  await waitForStatus(cast.system, order, 'cancelled');
  const operator = await cast.staff('operator');
  await operator.goto('/mailbox');
  const mail = operator.locator('main a').filter({ hasText: 'rejected@example.com' });
  await reloadUntil(operator, mail.filter({ hasText: 'was cancelled' }));
  await mail.filter({ hasText: 'was cancelled' }).click();
  const letter = operator.frameLocator('iframe').locator('body');
  await expectText(letter, 'No money was taken. Your bank may show the amount as reserved');
});

test('an owner takes cash once the local rules are checked', async (cast) => {
  const owner = await cast.staff('owner');
  const save = () => owner.getByRole('button', { name: 'Save' }).last().click();
  const saved = () => expectText(owner.getByRole('status').first(), 'Saved.');
  await owner.goto('/backoffice/r/bella-napoli/settings');
  await owner.getByLabel('We take cash').uncheck();
  await save();
  await saved();
  const ada = await atCheckout(cast);
  await expectCount(cash(ada), 0);

  await owner.getByLabel('We take cash').check();
  await owner.getByLabel('Largest order in cash').fill('20');
  await save();
  await expectText(owner.getByRole('main'), 'Please confirm this first.');
  await owner.getByLabel('I have checked the local rules').check();
  await save();
  await saved();
  await waitUntil('the checkout offers cash', async () => {
    await ada.page.reload();
    return cash(ada).isDisabled({ timeout: 500 });
  });
  await expectText(ada.page.getByRole('main'), 'Up to €20.00; this order is €25.50');
  await owner.goto('/backoffice/r/bella-napoli/changes');
  await expectText(owner.getByRole('main').getByRole('listitem').first(), /cash up to €20\.00/);
  await owner.goto('/backoffice/r/bella-napoli/settings');
  await owner.getByLabel('Largest order in cash').fill('60');
  await save();
  await saved();
});

for (const scheme of ['light', 'dark']) {
  test(`pages about cash can be used by everybody, ${scheme}`, async (cast) => {
    const ada = await atCheckout(cast, { colorScheme: scheme });
    await ada.entersPerson({ address: '12 Via Roma' });
    await ada.choosesCash();
    const faults = await checkLooks(ada.page, 'cash-checkout', scheme);
    const order = await ada.pays(/^Order for/);
    await ada.reads('Confirmed.');
    faults.push(...(await checkLooks(ada.page, 'cash-order', scheme)));
    const cook = await cast.cook({ colorScheme: scheme });
    await cook.opens();
    await cook.finds(order, 'New');
    faults.push(...(await checkLooks(cook.page, 'cash-board', scheme)));
    assert.deepEqual(faults, []);
  });
}
