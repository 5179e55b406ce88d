// Waits for the content of pages.
import { waitUntil } from './until.mjs';

/** Waits until an element's text contains `text`, a string or a pattern. */
export const expectText = (locator, text) => {
  const fits = (shown) => (text instanceof RegExp ? text.test(shown) : shown.includes(text));
  let shown;
  return waitUntil(`${locator} says ${text}`, async () => {
    shown = await locator.first().innerText({ timeout: 1_000 });
    if (!fits(shown)) throw new Error(`it says ${JSON.stringify(shown)}`);
    return true;
  });
};

/** Waits until there are `count` elements. */
export const expectCount = (locator, count) =>
  waitUntil(`there are ${count} of ${locator}`, async () => {
    const found = await locator.count();
    if (found !== count) throw new Error(`there are ${found}`);
    return true;
  });

/** Reloads a page until an element shows a text, as people do without a script. */
export const reloadUntil = (page, locator, text = '') =>
  waitUntil(`${locator} says ${text}`, async () => {
    await page.reload();
    return (await locator.first().innerText({ timeout: 500 })).includes(text);
  });
