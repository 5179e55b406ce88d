// Appearance and accessibility: pictures, axe, and no horizontal scrolling.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PICTURES, axe } from './modules.mjs';
import { DESKTOP, NARROW, PHONE } from './stage.mjs';

/** The serious and critical findings of axe, one line each. */
export const findBarriers = async (page) => {
  // Evaluated, not linked, so that the pages keep their content security policy.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(' ')}`));
};

/** The elements that are wider than the window; empty if the page fits. */
export const findOverhangs = (page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    const names = wide.slice(0, 5).map((e) => e.tagName.toLowerCase() + '.' + e.className);
    return [`${scrollWidth} of ${clientWidth} px: ${names.join(', ')}`];
  });

const takePicture = async (page, name, size, scheme) => {
  await mkdir(PICTURES, { recursive: true });
  const path = join(PICTURES, `${name}-${size}-${scheme}.png`);
  await page.screenshot({ path, animations: 'disabled' });
};

/** Checks the current page on a desktop, a phone and a narrow phone; returns the faults. */
export const checkLooks = async (page, name, scheme) => {
  const faults = [];
  const add = (where, lines) => faults.push(...lines.map((line) => `${name}, ${where}: ${line}`));
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport);
    await takePicture(page, name, size, scheme);
    add(size, await findBarriers(page));
    add(size, await findOverhangs(page));
  }
  await page.setViewportSize(NARROW);
  add('narrow', await findOverhangs(page));
  await page.setViewportSize(DESKTOP);
  return faults;
};
