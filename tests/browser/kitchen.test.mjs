// The kitchen's board: the bell, several screens, counts, and sold-out dishes.
import assert from 'node:assert/strict';
import { expectCount, expectText } from './support/expect.mjs';
import { Cook } from './support/cook.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

test('a new slip rings until it is touched, and stays touched', async (cast) => {
  const staff = await cast.staff('kitchen');
  // A page without interaction so far.
  const cook = new Cook(await staff.context().newPage());
  await cook.opens();
  const bell = cook.page.locator('[data-bell]');
  await expectText(bell, 'Turn sound on');
  await bell.click();
  await expectText(bell, 'Sound is on');
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Margherita');
  const slip = await cook.finds(order, 'New');
  await cook.page.locator('[data-bell].wanted').waitFor();
  await cook.reads(order, 'Touch to stop the bell.');

  await slip.getByText('Margherita', { exact: true }).click();
  await cook.page.locator('[data-bell]:not(.wanted)').waitFor();
  await cook.page.reload();
  await cook.finds(order, 'New');
  await expectCount(slip.getByText('Touch to stop the bell.').filter({ visible: true }), 0);

  await bell.click();
  await expectText(bell, 'Sound is on');
  await bell.click();
  await expectText(bell, 'Sound is off');
});

test('a slip that accepts itself rings, too', async (cast) => {
  const cook = new Cook(await cast.staff('operator'));
  await cook.opens('golden-wok');
  const ada = await cast.customer();
  const order = await ada.orders('golden-wok', 'Har gow', { quantity: 3 });
  await cook.finds(order, 'Preparing');
  await cook.page.locator('[data-bell].wanted').waitFor();
  await cook.presses(order, 'Start cooking');
  await cook.page.locator('[data-bell]:not(.wanted)').waitFor();
});

test('two screens stay in sync, and the slower one gets a notice', async (cast) => {
  const [one, other] = [await cast.cook(), await cast.cook()];
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Tiramisù', { quantity: 2 });
  const slip = await one.finds(order, 'New');
  await other.finds(order, 'New');

  // The other screen does not receive the event in time.
  await other.page.route('**/kitchen?**', (route) => route.abort());
  await slip.getByRole('button', { name: '5 minutes more' }).click();
  assert.equal(await slip.getByLabel('Ready in').inputValue(), '30');
  await one.presses(order, 'Accept');
  await one.finds(order, 'Preparing');
  await other.page.unroute('**/kitchen?**');
  await other.finds(order, 'Preparing');
  await one.reads(order, /(29|30) min left/);
  await one.presses(order, 'Start cooking');
  await one.presses(order, 'Ready');
  await other.finds(order, 'Ready');
  await other.presses(order, 'Handed over');
  await one.slip(order).waitFor({ state: 'detached' });

  const past = await one.opensSheet('Handed over');
  await expectText(past, '2× Tiramisù');
});

test('all that is to be made is counted over all slips', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  await ada.orders('bella-napoli', 'Gnocchi al pesto', { quantity: 2 });
  const last = await ada.orders('bella-napoli', 'Gnocchi al pesto', { quantity: 3 });
  await cook.finds(last, 'New');
  const counts = await cook.opensSheet('All day');
  await expectText(counts.getByRole('listitem').filter({ hasText: 'Gnocchi' }), '5');
});

test('a dish is sold out with one touch, everywhere, and back with another', async (cast) => {
  const [cook, other] = [await cast.cook(), await cast.cook()];
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Lasagne della nonna');
  const slip = await cook.finds(order, 'New');
  const dishes = await other.opensSheet('Dishes');
  const lasagne = dishes.getByRole('listitem').filter({ hasText: 'Lasagne della nonna' });
  await lasagne.getByRole('button', { name: 'Lasagne della nonna is sold out' }).waitFor();

  await slip.getByRole('button', { name: 'Lasagne della nonna is sold out' }).click();
  await expectText(cook.page.locator('#told'), 'Lasagne della nonna is sold out. Nobody can order it now.');
  await expectText(slip, 'Sold out');
  await lasagne.getByRole('button', { name: 'Sell again' }).waitFor();
  await ada.opens('bella-napoli');
  await expectText(ada.card('Lasagne della nonna'), 'Sold out');

  await cook.page.getByRole('button', { name: 'Undo' }).click();
  await expectText(cook.page.locator('#told'), 'Lasagne della nonna can be ordered again.');
  await lasagne.getByRole('button', { name: 'Lasagne della nonna is sold out' }).waitFor();
  await ada.opens('bella-napoli');
  await ada.page.getByRole('button', { name: 'Lasagne della nonna', exact: true }).waitFor();
});
