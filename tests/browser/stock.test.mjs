// A dish that runs out while it is in a cart.
import { expectCount, expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';
import { waitUntil } from './support/until.mjs';

const { test } = stage();

const stock = (cast, item, body) =>
  cast.system.asStaff('POST', '/api/restaurants/bella-napoli/stock', { item_id: item, ...body });

test('a dish that sells out in the cart is named, removed, and the rest is ordered', async (cast) => {
  const ada = await cast.customer();
  await ada.opens('bella-napoli');
  await ada.adds('Tiramisù');
  await ada.adds('Margherita');
  await ada.goesToCheckout();
  await ada.fills();
  await stock(cast, 'tiramisu', { set: 0 });
  const grace = await cast.customer();
  await waitUntil('the shop knows', async () => {
    await grace.opens('bella-napoli');
    return (await grace.card('Tiramisù').innerText()).includes('Sold out');
  });
  await ada.page.getByRole('button', { name: /^Pay/ }).click();
  await expectText(ada.page.getByRole('main'), 'Tiramisù is sold out today, please remove it');

  await ada.opens('bella-napoli');
  const cart = ada.page.getByRole('complementary');
  await cart.getByRole('button', { name: 'One Tiramisù less' }).click();
  await expectCount(cart.getByText('Tiramisù'), 0);
  await ada.goesToCheckout();
  await ada.fills();
  await ada.pays();
  await ada.reads('Confirmed.');
  await stock(cast, 'tiramisu', { unlimited: true });
});

test('of two orders for the last piece one succeeds, and the other is refused without a charge', async (cast) => {
  await stock(cast, 'lasagne', { set: 1 });
  const people = [await cast.customer(), await cast.customer()];
  for (const person of people) {
    await person.opens('bella-napoli');
    await person.adds('Lasagne della nonna');
    await person.goesToCheckout();
    await person.fills();
  }
  // Both order before either page shows that the dish is sold out.
  await Promise.all(people.map((person) => person.page.getByRole('button', { name: /^Pay/ }).click()));
  const textOf = (person) => person.page.getByRole('main').innerText();
  await waitUntil('one has it and the other does not', async () => {
    const texts = await Promise.all(people.map(textOf));
    const confirmed = texts.filter((text) => text.includes('Confirmed.')).length;
    const short = texts.filter((text) => /ran out|sold out/i.test(text)).length;
    if (confirmed === 1 && short === 1) return true;
    throw new Error(JSON.stringify(texts));
  });
  await stock(cast, 'lasagne', { unlimited: true });
});
