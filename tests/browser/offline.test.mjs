// A board that loses its connection: it says so, marks unsent actions, and catches up.
import assert from 'node:assert/strict';
import { expectCount } from './support/expect.mjs';
import { stage } from './support/stage.mjs';
import { waitUntil } from './support/until.mjs';

const { test } = stage();

const isDisabled = (button) => waitUntil(`${button} is disabled`, () => button.isDisabled());

test('a board without a connection says so, and has everything when it is back', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const first = await ada.orders('bella-napoli', 'Margherita');
  const slip = await cook.finds(first, 'New');

  await cook.page.context().setOffline(true);
  await cook.band.waitFor();
  await isDisabled(slip.getByRole('button', { name: 'Accept' }));
  const second = await ada.orders('bella-napoli', 'Diavola');
  await ada.reads('Confirmed.');
  await expectCount(cook.slip(second), 0);

  await cook.page.context().setOffline(false);
  await cook.finds(second, 'New');
  await cook.band.waitFor({ state: 'hidden' });
  await cook.presses(first, 'Accept');
  await cook.finds(first, 'Preparing');
});

const STEPS = '**/kitchen/orders/**';

test('a press that does not arrive is marked, and pressing again is the same wish', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Margherita');
  const slip = await cook.finds(order, 'New');
  const wishes = [];
  await cook.page.route(STEPS, (route) => {
    wishes.push(route.request().postData());
    return wishes.length > 1 ? route.continue() : route.abort();
  });
  await cook.presses(order, 'Accept');
  await slip.getByText('Not saved. Press again.').filter({ visible: true }).waitFor();
  await cook.finds(order, 'New');
  await cook.band.waitFor({ state: 'hidden' });
  await cook.presses(order, 'Accept');
  await cook.finds(order, 'Preparing');

  const [first, second] = wishes.map((wish) => new URLSearchParams(wish).get('request_id'));
  assert.match(first, /^[0-9a-f-]{36}$/);
  assert.equal(second, first);
  await expectCount(cook.page.locator('#told .notice'), 0);
});

test('what was saved although the answer was lost is shown as it is', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Margherita');
  await cook.finds(order, 'New');
  await cook.page.route(STEPS, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await cook.presses(order, 'Accept');
  await cook.finds(order, 'Preparing');
  await cook.band.waitFor({ state: 'hidden' });
  await expectCount(cook.slip(order).getByText('Not saved.').filter({ visible: true }), 0);
});

test('a server that stops and starts again is noticed, and nothing is lost', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Margherita');
  const slip = await cook.finds(order, 'New');
  await ada.reads('Confirmed.');

  await cast.system.stop();
  await cook.band.waitFor();
  await isDisabled(slip.getByRole('button', { name: 'Accept' }));
  await cast.system.startAgain();
  await cook.band.waitFor({ state: 'hidden' });
  await cook.presses(order, 'Accept');
  await cook.finds(order, 'Preparing');
  await ada.reads('Bella Napoli has accepted your order');
});
