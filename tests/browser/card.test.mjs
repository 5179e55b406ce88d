// The test gateway's stand-in for Stripe's script, in a page of a shop.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, chromium, COMANDA } from './support/modules.mjs';

const SETUP = { mode: 'payment', amount: 1250, currency: 'eur', paymentMethodTypes: ['card'] };

let folder, gateway, origin, browser, server, shop;

/** A page whose policy allows what Stripe's script needs, and no more. */
const serve = (request, response) => {
  const policy = ['script-src', 'frame-src', 'connect-src'].map((what) => `${what} ${origin}`);
  response.setHeader('content-type', 'text/html');
  response.setHeader('content-security-policy', ["default-src 'none'", ...policy].join('; '));
  response.end(`<!doctype html><html lang="en"><title>Shop</title>
    <script src="${origin}/v3/stripe.js"></script><h1>Pay</h1><div id="card"></div></html>`);
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comanda-card-'));
  gateway = spawn(COMANDA, ['gateway', '--gateway-port=0', '--data', folder], { env: {} });
  for await (const bytes of gateway.stdout) {
    [origin] = String(bytes).match(/http:\/\/[\d.]+:\d+/) ?? [];
    if (origin) break;
  }
  gateway.stdout.resume();
  server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  shop = `http://127.0.0.1:${server.address().port}/`;
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' });
});

after(async () => {
  await browser?.close();
  server?.close();
  gateway.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** The page of a shop, with the fields of a card. */
const open = async (t, setup = SETUP) => {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(shop);
  await page.evaluate((setup) => {
    window.stripe = window.Stripe('pk_test_1');
    window.fields = window.stripe.elements(setup);
    window.fields.create('payment').mount('#card');
  }, setup);
  return page;
};

const frame = (page) => page.frameLocator('iframe[title="Secure payment input frame"]');

const fill = async (page, number, expiry = '12 / 40', cvc = '123') => {
  await frame(page).getByLabel('Card number').pressSequentially(number);
  await frame(page).getByLabel('Expiration date').fill(expiry);
  await frame(page).getByLabel('Security code').fill(cvc);
};

const makeToken = (page) =>
  page.evaluate(async (shop) => {
    const { error } = await window.fields.submit();
    if (error) return { error };
    const params = { return_url: `${shop}back` };
    return window.stripe.createConfirmationToken({ elements: window.fields, params });
  }, shop);

const call = async (path, form) => {
  const headers = { authorization: 'Bearer sk_test_1' };
  const body = form && new URLSearchParams(form);
  const answer = await fetch(origin + path, { method: form ? 'POST' : 'GET', headers, body });
  return answer.json();
};

/** Confirms an intent with the card in the page. */
const confirm = async (page, more = {}) => {
  const { confirmationToken, error } = await makeToken(page);
  assert.equal(error, undefined, JSON.stringify(error));
  const intent = await call('/v1/payment_intents', { amount: 1250, currency: 'eur' });
  const path = `/v1/payment_intents/${intent.id}`;
  const form = { confirmation_token: confirmationToken.id, ...more };
  return [path, await call(`${path}/confirm`, form)];
};

const handle = (page, clientSecret) =>
  page.evaluate((clientSecret) => window.stripe.handleNextAction({ clientSecret }), clientSecret);

test('a card becomes a token that pays', async (t) => {
  const page = await open(t);
  await fill(page, '4242424242424242');
  assert.equal(await frame(page).getByLabel('Card number').inputValue(), '4242 4242 4242 4242');
  const [path, paid] = await confirm(page);
  assert.equal(paid.status, 'succeeded');
  const { payment_method_details } = await call(`/v1/charges/${paid.latest_charge}`);
  assert.equal(payment_method_details.card.last4, '4242');
  assert.equal((await call(path)).amount_received, 1250);
});

test('wrong entries are named beside their fields', async (t) => {
  const page = await open(t);
  await fill(page, '4242424242424241', '12 / 20', '1');
  const { error } = await makeToken(page);
  assert.deepEqual([error.type, error.code], ['validation_error', 'invalid_number']);
  for (const text of ['number is invalid', 'year is in the past', 'code is incomplete']) {
    await frame(page).getByText(text).waitFor();
  }
  const invalid = frame(page).getByLabel('Card number');
  assert.equal(await invalid.getAttribute('aria-invalid'), 'true');
  assert.equal(await invalid.evaluate((input) => document.activeElement === input), true);
});

test('the fields say when they are ready, and follow the page', async (t) => {
  const page = await open(t);
  const ready = await page.evaluate((setup) => {
    window.fields = window.stripe.elements(setup);
    const payment = window.fields.create('payment');
    const ready = new Promise((resolve) => payment.on('ready', resolve));
    payment.mount('#card');
    return ready;
  }, SETUP);
  assert.equal(ready.elementType, 'payment');
  await frame(page).locator('html:not(.night)').waitFor();
  await page.evaluate(() => window.fields.update({ appearance: { theme: 'night' } }));
  await frame(page).locator('html.night').waitFor();
  await page.evaluate(() => window.fields.update({ currency: 'usd' }));
  await fill(page, '4242424242424242');
  const { confirmationToken } = await makeToken(page);
  const { id } = await call('/v1/payment_intents', { amount: 1250, currency: 'eur' });
  const form = { confirmation_token: confirmationToken.id };
  const { error } = await call(`/v1/payment_intents/${id}/confirm`, form);
  assert.match(error.message, /does not match the expected currency \(usd\)/);
});

test('a token is not made before the fields are submitted', async (t) => {
  const page = await open(t);
  const message = await page.evaluate(() =>
    window.stripe.createConfirmationToken({ elements: window.fields }).catch((e) => e.message),
  );
  assert.match(message, /submit\(\) must be called before/);
});

test('the fields speak the language of the page and have no accessibility errors', async (t) => {
  const page = await open(t, { ...SETUP, locale: 'it' });
  await frame(page).getByLabel('Numero della carta').waitFor();
  const [, field] = page.frames();
  await field.evaluate(axe);
  // Rules for whole pages do not apply to a frame.
  const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
  const { violations } = await field.evaluate((runOnly) => window.axe.run({ runOnly }), runOnly);
  assert.deepEqual(violations.map(({ id }) => id), []);
});

test('a customer authenticates in a dialog', async (t) => {
  for (const [button, status] of [['Complete', 'succeeded'], ['Fail', undefined]]) {
    const page = await open(t);
    await fill(page, '4000002760003184');
    const [path, asked] = await confirm(page);
    assert.equal(asked.next_action.type, 'use_stripe_sdk');
    const handled = handle(page, asked.client_secret);
    const bank = page.frameLocator('iframe[title="Authentication by your bank"]');
    await bank.getByText('12.50 EUR').waitFor();
    await bank.getByRole('button', { name: button }).click();
    const { paymentIntent, error } = await handled;
    assert.equal(paymentIntent?.status, status);
    assert.equal(error?.code, status ? undefined : 'payment_intent_authentication_failure');
    assert.equal((await call(path)).status, status ?? 'requires_payment_method');
    assert.equal(await page.locator('dialog').count(), 0);
  }
});

test('a customer who closes the dialog has not paid', async (t) => {
  const page = await open(t);
  await fill(page, '4000000000003220');
  const [path, asked] = await confirm(page);
  const handled = handle(page, asked.client_secret);
  const bank = page.frameLocator('iframe[title="Authentication by your bank"]');
  await bank.getByRole('button', { name: 'Complete' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  assert.equal((await handled).error.code, 'payment_intent_authentication_failure');
  assert.equal((await call(path)).status, 'requires_action');
});

test('the page of the bank leads back to the shop, without a script', async (t) => {
  const page = await open(t);
  await fill(page, '4000002500003155');
  const [path, asked] = await confirm(page, { use_stripe_sdk: false });
  const context = await browser.newContext({ javaScriptEnabled: false });
  t.after(() => context.close());
  const bank = await context.newPage();
  await bank.goto(asked.next_action.redirect_to_url.url);
  await bank.getByRole('button', { name: 'Complete' }).click();
  await bank.waitForURL(`${shop}back?**`);
  const { searchParams } = new URL(bank.url());
  assert.equal(searchParams.get('redirect_status'), 'succeeded');
  assert.equal(searchParams.get('payment_intent'), asked.id);
  assert.equal((await call(path)).status, 'succeeded');
});
