// Every page, light and dark, on a desktop and a phone: a picture of each, no barrier (axe), and no
// horizontal scrolling at 360 px.
import assert from 'node:assert/strict';
import { checkLooks } from './support/looks.mjs';
import { stage } from './support/stage.mjs';
import { visit } from './support/visit.mjs';
import { placeOrdersInEveryStatus } from './support/world.mjs';

const { test } = stage();

/** The pages of customers: a name, and how one gets there. */
const shop = ({ orders }) => ({
  home: (page) => visit(page, '/'),
  menu: (page) => visit(page, '/r/bella-napoli'),
  dish: async (page) => {
    await visit(page, '/r/bella-napoli');
    await page.getByRole('button', { name: 'Margherita', exact: true }).click();
    await page.getByRole('dialog', { name: 'Margherita' }).waitFor();
  },
  cart: async (page) => {
    await page.getByRole('dialog').getByLabel('Extra cheese').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await page.getByRole('link', { name: 'Go to checkout' }).waitFor();
  },
  checkout: (page) => visit(page, '/checkout?restaurant=bella-napoli'),
  'checkout-wrong': async (page) => {
    await page.evaluate(() => (document.querySelector('form.checkout, main form').noValidate = true));
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByRole('alert').first().waitFor();
  },
  ...Object.fromEntries(
    Object.entries(orders).map(([status, link]) => [`order-${status}`, (page) => visit(page, link)]),
  ),
  'not-found': (page) => visit(page, '/nowhere', 404),
  'sign-in': (page) => visit(page, '/sign-in'),
});

/** The pages of staff. */
const office = {
  kitchen: (page) => visit(page, '/kitchen?restaurant=bella-napoli'),
  'kitchen-dishes': async (page) => {
    await page.getByRole('button', { name: 'Dishes' }).click();
    await page.getByRole('region', { name: 'Dishes' }).waitFor();
  },
  'kitchen-all-day': async (page) => {
    await visit(page, '/kitchen?restaurant=bella-napoli');
    await page.getByRole('button', { name: 'All day' }).click();
    await page.getByRole('region', { name: 'All day' }).waitFor();
  },
  'kitchen-offline': async (page) => {
    await visit(page, '/kitchen?restaurant=bella-napoli');
    await page.context().setOffline(true);
    await page.getByText('No connection.').waitFor();
  },
  'kitchen-past': async (page) => {
    await visit(page, '/kitchen?restaurant=bella-napoli');
    await page.getByRole('button', { name: 'Handed over', exact: true }).first().click();
    await page.getByRole('region', { name: 'Handed over' }).waitFor();
  },
  analytics: (page) => visit(page, '/analytics'),
  'analytics-orders': async (page) => {
    await page.locator('a[href^="/analytics/orders"]').first().click();
    await page.waitForURL('**/analytics/orders**');
  },
  backoffice: (page) => visit(page, '/backoffice'),
  ...Object.fromEntries(
    Object.entries({
      menu: '/backoffice/r/bella-napoli',
      dish: '/backoffice/r/bella-napoli/dishes/margherita',
      'new-dish': '/backoffice/r/bella-napoli/dishes/new',
      stock: '/backoffice/r/bella-napoli/stock',
      'stock-dish': '/backoffice/r/bella-napoli/stock/margherita',
      settings: '/backoffice/r/bella-napoli/settings',
      changes: '/backoffice/r/bella-napoli/changes',
      transfer: '/backoffice/r/bella-napoli/transfer',
      orders: '/backoffice/orders?restaurant=bella-napoli&q=ada',
      staff: '/backoffice/staff',
      'new-staff': '/backoffice/staff/new',
      account: '/backoffice/account',
    }).map(([name, path]) => [`office-${name}`, (page) => visit(page, path)]),
  ),
  mailbox: (page) => visit(page, '/mailbox'),
  mail: async (page) => {
    await visit(page, '/mailbox');
    await page.locator('main a[href^="/mailbox/"]').first().click();
    await page.waitForURL('**/mailbox/*');
  },
};

for (const scheme of ['light', 'dark']) {
  test(`every page can be used by everybody, ${scheme}`, async (cast) => {
    const there = await placeOrdersInEveryStatus(cast.system);
    const faults = [];
    const see = async (page, pages) => {
      for (const [name, go] of Object.entries(pages)) {
        await go(page);
        faults.push(...(await checkLooks(page, name, scheme)));
        await page.context().setOffline(false);
      }
    };
    await see(await cast.page({ colorScheme: scheme }), shop(there));
    await see(await cast.staff('operator', { colorScheme: scheme }), office);
    assert.deepEqual(faults, []);
  });
}
