// Third-party packages, from the folder where `cargo xtask test` installs them.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const requireVariable = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run cargo xtask test --only browser`);
  return value;
};

const require = createRequire(join(requireVariable('BROWSER_PACKAGES'), 'package.json'));

export const { chromium } = require('playwright-core');
export const axe = require('axe-core').source;

/** The program under test. */
export const COMANDA = requireVariable('COMANDA_PROGRAM');

/** The folder for pictures. */
export const PICTURES = requireVariable('SCREENSHOTS');
