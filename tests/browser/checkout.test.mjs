// Paying by card on the checkout: once, whatever happens, and again with another card.
import assert from 'node:assert/strict';
import { CARDS, Customer } from './support/customer.mjs';
import { expectText } from './support/expect.mjs';
import { PHONE, stage } from './support/stage.mjs';
import { waitForStatus } from './support/world.mjs';

const { test } = stage();

/** The status of an order by the state of its payment. */
const STATUS = { declined: 'declined', authorized: 'confirmed' };

const pay = ({ page }) => page.getByRole('button', { name: /^Pay/ });

/** The number of orders, once all work is done. */
const countOrders = async ({ system }) => {
  await system.waitUntilSettled();
  return (await system.asStaff('GET', '/api/analytics/summary')).orders.placed;
};

/** Asserts that `play` places this number of orders. */
const assertPlaces = async (cast, orders, play) => {
  const before = await countOrders(cast);
  await play();
  assert.equal((await countOrders(cast)) - before, orders, 'orders placed');
};

/** A customer at the checkout, with everything filled in. */
const atCheckout = async (cast, form = {}, options = {}) => {
  const ada = await cast.customer(options);
  await ada.opens('bella-napoli');
  await ada.adds('Diavola', { quantity: 2 });
  await ada.goesToCheckout();
  await ada.fills(form);
  return ada;
};

const assertKept = async ({ page }, { name = 'Ada', email = 'ada@example.com', address }) => {
  const entries = { Name: name, 'E-mail': email, ...(address && { Address: address }) };
  for (const [label, text] of Object.entries(entries)) {
    assert.equal(await page.getByLabel(label, { exact: true }).inputValue(), text, label);
  }
  await expectText(page.getByRole('listitem').filter({ hasText: 'Diavola' }), '2×');
};

test('a phone pays with a card, by nothing but labels', async (cast) => {
  const ada = await cast.customer({ viewport: PHONE, hasTouch: true });
  const order = await ada.orders('bella-napoli', 'Diavola');
  await ada.reads('Confirmed.');
  const { payment } = await cast.system.asStaff('GET', `/api/orders/${order}`);
  assert.equal(payment.state, 'authorized');
  assert.ok(!(await cast.system.log()).includes('ctoken_'), 'no log has a token');
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without';
  test(`after a declined card, another one pays on the same page, ${how} JavaScript`, async (cast) => {
    const form = { address: '12 Via Roma', card: CARDS.empty };
    const ada = await atCheckout(cast, form, { javaScriptEnabled });
    await assertPlaces(cast, 2, async () => {
      await pay(ada).click();
      const error = ada.page.getByRole('group', { name: 'Payment' }).getByRole('alert');
      await expectText(error, 'does not have enough money on it. Try another card.');
      await expectText(ada.page.getByRole('alert').first(), 'Nothing was charged');
      await assertKept(ada, form);
      await ada.entersCard(CARDS.good);
      const replaced = await ada.page.locator('[name=replaces]').inputValue();
      const order = await ada.pays();
      for (const [id, state] of [[replaced, 'declined'], [order, 'authorized']]) {
        const { payment } = await waitForStatus(cast.system, id, STATUS[state]);
        assert.equal(payment.state, state);
      }
    });
    await ada.page.goto('/checkout?restaurant=bella-napoli');
    await expectText(ada.page.getByRole('main'), 'There is nothing to pay for yet.');
  });
}

test('the card stays entered while the form is wrong', async (cast) => {
  const ada = await atCheckout(cast, { email: 'ada@' });
  await pay(ada).click();
  await expectText(ada.page.getByRole('main'), 'E-mail must be an address');
  await ada.page.getByLabel('E-mail', { exact: true }).fill('ada@example.com');
  await ada.pays();
  await ada.reads('Confirmed.');
});

test('a wrong card is named with all that is wrong, and nothing is placed', async (cast) => {
  const wrong = { number: '4242424242424241' };
  const ada = await atCheckout(cast, { name: '', card: wrong });
  await assertPlaces(cast, 0, async () => {
    await pay(ada).click();
    await expectText(ada.page.getByRole('main'), 'Name is missing.');
    await ada.cardFields.getByText('number is invalid').waitFor();
    const error = ada.page.getByRole('group', { name: 'Payment' }).getByRole('alert');
    await expectText(error, 'Check your card');
  });
  await ada.page.getByLabel('Name', { exact: true }).fill('Ada');
  await ada.entersCard(CARDS.good);
  await ada.pays();
});

test('a double press is one order', async (cast) => {
  const ada = await atCheckout(cast);
  await assertPlaces(cast, 1, async () => {
    await pay(ada).dblclick();
    await ada.page.waitForURL('**/orders/*');
    await ada.reads('Confirmed.');
  });
});

test('a press whose answer was lost is repeated, and paid once', async (cast) => {
  const ada = await atCheckout(cast);
  await assertPlaces(cast, 1, async () => {
    const loseOnce = async (route) => {
      await route.fetch({ maxRedirects: 0 });
      await route.abort();
    };
    await ada.page.route('**/checkout', loseOnce, { times: 1 });
    await pay(ada).click();
    await expectText(ada.page.getByRole('alert').first(), 'Press pay again');
    await ada.pays();
    await ada.reads('Confirmed.');
  });
});

test('two tabs pay a cart once', async (cast) => {
  const ada = await atCheckout(cast);
  const tab = new Customer(await ada.page.context().newPage());
  await tab.page.goto(ada.page.url());
  await tab.fills();
  await assertPlaces(cast, 1, async () => {
    const [one, two] = await Promise.all([ada.pays(), tab.pays()]);
    assert.equal(one, two);
  });
});

test('a second tab leads to the order that the first one placed', async (cast) => {
  const ada = await atCheckout(cast);
  const tab = new Customer(await ada.page.context().newPage());
  await tab.page.goto(ada.page.url());
  await tab.fills();
  await assertPlaces(cast, 1, async () => {
    const order = await ada.pays();
    assert.equal(await tab.pays(), order);
  });
});

test('the way back from the menu pays, and that from the order finds an empty cart', async (cast) => {
  const ada = await atCheckout(cast);
  await assertPlaces(cast, 1, async () => {
    await ada.page.getByRole('link', { name: 'Back to Bella Napoli' }).click();
    await ada.page.waitForURL('**/r/bella-napoli');
    await ada.page.goBack();
    await ada.page.waitForURL('**/checkout?**');
    await ada.fills();
    await ada.pays();
    await ada.reads('Confirmed.');
    await ada.page.goBack();
    await expectText(ada.page.getByRole('main'), 'There is nothing to pay for yet.');
  });
});

test('where the fields of a card cannot be loaded, the page says so', async (cast) => {
  const ada = await cast.customer();
  await ada.page.route('**/v3/stripe.js', (route) => route.abort());
  await ada.opens('bella-napoli');
  await ada.adds('Diavola');
  await ada.goesToCheckout();
  await expectText(ada.page.getByRole('alert'), 'The fields for your card could not be loaded.');
  const { page } = ada;
  await page.getByRole('radio', { name: 'Pickup' }).check();
  await page.getByLabel('Name', { exact: true }).fill('Ada');
  await page.getByLabel('E-mail', { exact: true }).fill('ada@example.com');
  await page.getByRole('radio', { name: CARDS.good.name }).check();
  await ada.pays();
});

test('nothing moves when the fields appear, and they follow the theme', async (cast) => {
  const ada = await cast.customer({ colorScheme: 'light' });
  await ada.page.addInitScript(() => {
    window.moved = [];
    const note = (list) => window.moved.push(...list.getEntries().map(({ value }) => value));
    new PerformanceObserver(note).observe({ type: 'layout-shift', buffered: true });
  });
  await ada.opens('bella-napoli');
  await ada.adds('Diavola');
  await ada.goesToCheckout();
  await ada.cardFields.getByLabel('Card number').waitFor();
  await ada.cardFields.locator('html:not(.night)').waitFor();
  await ada.page.locator('[data-card][aria-busy=false]').waitFor();
  assert.deepEqual(await ada.page.evaluate(() => window.moved), []);
  await ada.page.getByRole('button', { name: 'Switch between light and dark' }).click();
  await ada.cardFields.locator('html.night').waitFor();
});
