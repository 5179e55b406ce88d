// The same pages in Italian, where words are longer.
import assert from 'node:assert/strict';
import { CARDS } from './support/customer.mjs';
import { expectText } from './support/expect.mjs';
import { findOverhangs } from './support/looks.mjs';
import { NARROW, stage } from './support/stage.mjs';
import { visit } from './support/visit.mjs';
import { placeOrder } from './support/world.mjs';

const { test } = stage();

test('the chosen language applies from the shop to the order', async (cast) => {
  const ada = await cast.customer();
  const { page } = ada;
  await visit(page, '/');
  await page.getByRole('link', { name: 'Italiano' }).click();
  await page.locator('html[lang=it]').waitFor();
  await visit(page, '/r/bella-napoli');
  await page.getByRole('button', { name: 'Margherita', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: 'Margherita' });
  await sheet.locator('button[type=submit]').click();
  await sheet.waitFor({ state: 'hidden' });
  await page.locator('a[href^="/checkout"]').first().click();
  await page.waitForURL('**/checkout?**');
  await page.locator('input[value=pickup]').check();
  await page.locator('[name=name]').fill('Ada');
  await page.locator('[name=email]').fill('ada@example.com');
  const labels = ['Numero della carta', 'Data di scadenza', 'Codice di sicurezza'];
  await ada.entersCard(CARDS.good, labels);
  await page.getByRole('button', { name: /^Paga/ }).click();
  await page.waitForURL('**/orders/*');
  await expectText(page.getByRole('heading', { level: 1 }), /Bella Napoli/);
  assert.equal(await page.locator('html').getAttribute('lang'), 'it');
});

test('a browser that asks for Italian gets it, and nothing scrolls sideways', async (cast) => {
  const options = { locale: 'it-IT', viewport: NARROW };
  const { page } = await cast.customer(options);
  const placed = await placeOrder(cast.system, 'margherita');
  const wide = [];
  for (const path of ['/', '/r/bella-napoli', placed.page, '/sign-in', '/nowhere']) {
    await visit(page, path, path === '/nowhere' ? 404 : 200);
    assert.equal(await page.locator('html').getAttribute('lang'), 'it');
    wide.push(...(await findOverhangs(page)));
  }
  const { email, password } = await cast.system.createAccount('operator');
  await visit(page, '/sign-in');
  await page.locator('[name=email]').fill(email);
  await page.locator('[name=password]').fill(password);
  await page.getByRole('button', { name: 'Accedi', exact: true }).click();
  for (const path of ['/kitchen?restaurant=bella-napoli', '/analytics', '/mailbox']) {
    await visit(page, path);
    wide.push(...(await findOverhangs(page)));
  }
  await visit(page, '/kitchen?restaurant=bella-napoli');
  await page.getByRole('region', { name: 'Nuovi' }).waitFor();
  await page.getByRole('button', { name: 'Accetta' }).first().waitFor();
  assert.deepEqual(wide, []);
});
