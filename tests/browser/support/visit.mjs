// Opens addresses.
import assert from 'node:assert/strict';

/** Opens an address and asserts the status, so that no test passes on a missing page. */
export const visit = async (page, path, status = 200) => {
  const answer = await page.goto(path);
  assert.equal(answer.status(), status, path);
};
