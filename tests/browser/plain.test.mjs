// The pages without JavaScript: a whole order, for the customer and in the kitchen.
import { expectText, reloadUntil } from './support/expect.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

const WITHOUT = { javaScriptEnabled: false };

test('an order goes from the menu to the table without JavaScript', async (cast) => {
  const cook = await cast.cook(WITHOUT);
  const ada = await cast.customer(WITHOUT);
  const choices = { options: ['Extra cheese'], note: 'Well done' };
  const order = await ada.orders('bella-napoli', 'Margherita', choices);
  await reloadUntil(ada.page, ada.sentence, 'Confirmed.');

  await reloadUntil(cook.page, cook.slip(order));
  await cook.slip(order).getByLabel('Ready in').fill('40');
  await cook.presses(order, 'Accept');
  await cook.finds(order, 'Preparing');
  await cook.reads(order, /(39|40) min left/);
  await reloadUntil(ada.page, ada.sentence, 'Bella Napoli has accepted your order');
  for (const step of ['Start cooking', 'Ready', 'Handed over']) await cook.presses(order, step);
  await cook.slip(order).waitFor({ state: 'detached' });
  await reloadUntil(ada.page, ada.sentence, 'Enjoy your meal!');
});

test('a dish is sold out and an order rejected without JavaScript', async (cast) => {
  const cook = await cast.cook(WITHOUT);
  const ada = await cast.customer(WITHOUT);
  const order = await ada.orders('bella-napoli', 'Chinotto', { quantity: 2 });
  await reloadUntil(cook.page, cook.slip(order));
  const slip = cook.slip(order);
  await slip.getByRole('button', { name: 'Chinotto is sold out' }).click();
  await expectText(cook.page.locator('#told'), 'Chinotto is sold out.');
  await slip.getByText('Reject', { exact: true }).click();
  await slip.getByText('We have run out of a dish').click();
  await cook.presses(order, 'Reject the order');
  await slip.waitFor({ state: 'detached' });
  await reloadUntil(ada.page, ada.sentence, 'Bella Napoli had to cancel your order.');
  await cook.opensSheet('Dishes');
  await cook.page.getByRole('button', { name: /Sell again.*Chinotto/ }).click();
  await expectText(cook.page.locator('#told'), 'Chinotto can be ordered again.');
});

test('in a network without HTTPS, an order is placed with and without JavaScript', async (cast) => {
  for (const options of [{}, WITHOUT]) {
    const ada = await cast.localCustomer(options);
    await ada.orders('bella-napoli', 'Margherita');
    await reloadUntil(ada.page, ada.sentence, 'Confirmed.');
  }
});
