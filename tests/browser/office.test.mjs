// Changes by an owner: customers see them, and the change log names the owner.
import { expectCount, expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';
import { waitUntil } from './support/until.mjs';

const { test } = stage();

/** Opens a page of the back office for Bella Napoli. */
const office = async (owner, page) => owner.goto(`/backoffice/r/bella-napoli${page}`);

const shopShows = (customer, dish, text) =>
  waitUntil(`the shop shows ${text} at ${dish}`, async () => {
    await customer.opens('bella-napoli');
    return (await customer.card(dish).first().innerText()).includes(text);
  });

test('a price that is typed over is what the next customer pays', async (cast) => {
  const owner = await cast.staff('owner');
  await office(owner, '');
  await owner.getByLabel('Price, Diavola').fill('11.75');
  await owner.getByRole('button', { name: 'Save prices' }).click();
  await expectText(owner.getByRole('status').first(), 'Saved.');
  const ada = await cast.customer();
  await shopShows(ada, 'Diavola', '€11.75');
  await ada.orders('bella-napoli', 'Diavola');
  await ada.reads('Confirmed.');
  await expectText(ada.page.getByRole('main'), '€11.75');

  await office(owner, '/changes');
  const latest = owner.getByRole('main').getByRole('listitem').first();
  await expectText(latest, /Diavola/);
  await expectText(latest, /11\.50/);
  await expectText(latest, /11\.75/);
});

test('a dish that is hidden is not on the menu, and comes back', async (cast) => {
  const owner = await cast.staff('owner');
  const ada = await cast.customer();
  await office(owner, '');
  await owner.getByRole('button', { name: 'Hide from customers: Gelato' }).click();
  await owner.getByRole('button', { name: 'Show to customers: Gelato' }).waitFor();
  await waitUntil('the shop has no gelato', async () => {
    await ada.opens('bella-napoli');
    return (await ada.card('Gelato').count()) === 0;
  });
  await owner.getByRole('button', { name: 'Show to customers: Gelato' }).click();
  await owner.getByRole('button', { name: 'Hide from customers: Gelato' }).waitFor();
  await shopShows(ada, 'Gelato', '€4.50');
});

test('of two concurrent edits the second gets a notice, and keeps its input', async (cast) => {
  const [first, second] = [await cast.staff('owner'), await cast.staff('operator')];
  for (const page of [first, second]) await office(page, '');
  await first.getByLabel('Price, Chianti').fill('6.00');
  await second.getByLabel('Price, Chianti').fill('6.50');
  await first.getByRole('button', { name: 'Save prices' }).click();
  await expectText(first.getByRole('status').first(), 'Saved.');
  await second.getByRole('button', { name: 'Save prices' }).click();
  await expectText(second.getByRole('main'), 'The owner changed this meanwhile, so nothing was saved.');
  await expectCount(second.locator('input[name="price.chianti"][value="6.50"]'), 1);
});
