// The pages with the keyboard alone.
import assert from 'node:assert/strict';
import { CARDS, CARD_LABELS } from './support/customer.mjs';
import { expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

/** Whether a ring is drawn around an element, or around the tile or card that it fills. */
const hasRing = (element) => {
  const drawn = (part, pseudo) => getComputedStyle(part, pseudo).outlineStyle !== 'none';
  const around = element.closest('label, article');
  return drawn(element) || drawn(element, '::after') || (around !== null && drawn(around));
};

/** Goes on with Tab until the focus is on something with this name; it must be visible there. */
const tabTo = (page, role, name) =>
  tabToThe(page, page.getByRole(role, { name }).filter({ visible: true }).first());

const tabToThe = async (page, wanted, most = 150) => {
  for (let pressed = 0; pressed < most; pressed += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      assert.ok(await wanted.evaluate(hasRing), `the focus on ${wanted} can be seen`);
      return wanted;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never comes to ${wanted}`);
};

const types = async (page, label, text) => {
  await tabTo(page, 'textbox', label);
  await page.keyboard.type(text);
};

test('an order is placed with keys alone', async (cast) => {
  const ada = await cast.customer();
  const { page } = ada;
  await page.goto('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(new URL(page.url()).hash, '#main', 'the first stop skips to the content');
  await tabTo(page, 'link', /^Bella Napoli/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/r/bella-napoli**');

  const dish = await tabTo(page, 'button', 'Margherita');
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: 'Margherita' });
  await sheet.waitFor();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'hidden' });
  await page.waitForFunction(() => document.activeElement !== document.body);
  assert.ok(await dish.evaluate((element) => element === document.activeElement));

  await page.keyboard.press('Enter');
  await tabTo(page, 'checkbox', /Extra cheese/);
  await page.keyboard.press('Space');
  await tabTo(page, 'button', /^Add/);
  await page.keyboard.press('Enter');
  await sheet.waitFor({ state: 'hidden' });
  await tabTo(page, 'link', 'Go to checkout');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/checkout?**');

  await tabTo(page, 'radio', /^Delivery/);
  await page.keyboard.press('ArrowRight');
  await types(page, 'Name', 'Ada');
  await types(page, 'E-mail', 'ada@example.com');
  for (const [n, text] of [CARDS.good.number, '1240', '123'].entries()) {
    await tabToThe(page, ada.cardFields.getByLabel(CARD_LABELS[n]));
    await page.keyboard.type(text);
  }
  await tabTo(page, 'button', /^Pay/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/orders/*');
  await expectText(page.getByRole('heading', { level: 1 }), 'Confirmed.');
});

test('a cook works the board with keys alone', async (cast) => {
  const cook = await cast.cook();
  const ada = await cast.customer();
  const order = await ada.orders('bella-napoli', 'Diavola');
  await cook.finds(order, 'New');
  await tabToThe(cook.page, cook.slip(order).getByRole('button', { name: 'Accept' }));
  await cook.page.keyboard.press('Enter');
  await cook.finds(order, 'Preparing');
  await tabTo(cook.page, 'button', 'Dishes');
  await cook.page.keyboard.press('Enter');
  await cook.page.getByRole('region', { name: 'Dishes', exact: true }).waitFor();
  await tabTo(cook.page, 'button', 'Close');
  await cook.page.keyboard.press('Enter');
  await cook.page.getByRole('region', { name: 'Dishes', exact: true }).waitFor({ state: 'hidden' });
});
