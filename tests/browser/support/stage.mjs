// The fixture of a test file: one system, one browser, and new people for every test.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PICTURES, chromium } from './modules.mjs';
import { Cook } from './cook.mjs';
import { Customer } from './customer.mjs';
import { NETWORK_NAME, System } from './system.mjs';
import { AT_MOST_MS } from './until.mjs';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A name in a local network, which browsers do not trust without HTTPS.
  `--host-resolver-rules=MAP ${NETWORK_NAME} 127.0.0.1`,
];

const EXPECTED = [
  // Some tests cause lost connections and error responses.
  'Failed to load resource',
  // Without HTTPS the header has no effect, which a browser logs once.
  'The Cross-Origin-Opener-Policy header has been ignored',
];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const NARROW = { width: 360, height: 740 };

/** Prepares a stage; its `test` registers a test that runs on it. */
export const stage = () => {
  const here = { system: null, browser: null };
  before(async () => {
    here.system = await System.start();
    here.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  });
  after(async () => {
    await here.browser?.close();
    try {
      await here.system?.stop();
    } finally {
      await here.system?.remove();
    }
  });
  return { test: (name, play) => test(name, () => perform(here, name, play)) };
};

const perform = async ({ system, browser }, name, play) => {
  const cast = new Cast(system, browser);
  try {
    await play(cast);
    cast.assertFaultless();
    await system.waitUntilSettled();
  } catch (error) {
    await cast.photograph(name);
    console.error(`the log of "${name}":\n${await system.log()}`);
    throw error;
  } finally {
    await cast.leave();
  }
};

/** The people of one test. */
class Cast {
  #contexts = [];
  #faults = [];

  constructor(system, browser) {
    this.system = system;
    this.browser = browser;
  }

  /** A page in a new browser context; options are Playwright's. */
  async page(options = {}) {
    const context = await this.browser.newContext({
      baseURL: this.system.origin,
      viewport: DESKTOP,
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(AT_MOST_MS);
    this.#contexts.push(context);
    context.on('weberror', (error) => this.#faults.push(String(error.error())));
    context.on('console', (message) => {
      const about = message.text();
      const isExpected = EXPECTED.some((start) => about.startsWith(start));
      if (message.type() === 'error' && !isExpected) this.#faults.push(about);
    });
    return context.newPage();
  }

  async customer(options) {
    return new Customer(await this.page(options));
  }

  /** A customer who uses the shop's name in the local network. */
  async localCustomer(options) {
    const baseURL = this.system.origin.replace('127.0.0.1', NETWORK_NAME);
    return this.customer({ baseURL, ...options });
  }

  /** A page of a member of staff, signed in with the form. */
  async staff(role, options) {
    const { email, password } = await this.system.createAccount(role);
    const page = await this.page(options);
    await page.goto('/sign-in?next=/kitchen');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL('**/kitchen**');
    return page;
  }

  /** A cook of Bella Napoli, at the board. */
  async cook(options) {
    return new Cook(await this.staff('kitchen', options));
  }

  /** Asserts that no script failed and no policy was violated. */
  assertFaultless() {
    assert.deepEqual(this.#faults, []);
  }

  /** Saves pictures of every page, for the analysis of a failure. */
  async photograph(name) {
    const stem = name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
    await mkdir(join(PICTURES, 'failed'), { recursive: true });
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [n, page] of pages.entries()) {
      const path = join(PICTURES, 'failed', `${stem}-${n}.png`);
      await page.screenshot({ path, fullPage: true, timeout: 5_000 }).catch(() => {});
      console.error(`failed at ${page.url()}, see ${path}`);
    }
  }

  async leave() {
    for (const context of this.#contexts) await context.close();
  }
}
