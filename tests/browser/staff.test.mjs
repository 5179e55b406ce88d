// Sign-in of staff, and the pages of each role.
import assert from 'node:assert/strict';
import { expectText } from './support/expect.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

const entries = (page) => page.getByRole('navigation', { name: 'Staff' }).getByRole('link');

test('a page for staff leads to the sign-in and back', async (cast) => {
  const { email, password } = await cast.system.createAccount('owner');
  const page = await cast.page();
  await page.goto('/analytics');
  await page.waitForURL('**/sign-in?**');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expectText(page.getByRole('alert'), 'The e-mail or the password is wrong.');
  assert.equal(await page.getByLabel('E-mail').inputValue(), email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/analytics**');
});

test('a cook finds the kitchen and nothing that is not for cooks', async (cast) => {
  const page = await cast.staff('kitchen');
  const names = await entries(page).allInnerTexts();
  assert.ok(names.includes('Kitchen') && !names.includes('Analytics'), names.join());
  const refused = await page.goto('/analytics?restaurant=bella-napoli');
  assert.equal(refused.status(), 403);
  const elsewhere = await page.goto('/kitchen?restaurant=golden-wok');
  assert.equal(elsewhere.status(), 403);
});

test('who signs out is out, on every page that is open', async (cast) => {
  const page = await cast.staff('operator');
  const other = await page.context().newPage();
  await other.goto('/kitchen');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL((url) => url.pathname !== '/kitchen');
  await other.waitForURL('**/sign-in**');
});

test('the link that is printed at the start signs in with the token', async (cast) => {
  const page = await cast.page();
  await page.goto(`/sign-in?token=${await cast.system.staffToken()}`);
  await page.waitForURL('**/kitchen**');
  assert.ok(!page.url().includes('token'));
});
