// Going to an address.
import assert from 'node:assert/strict';

/** Opens an address, which must answer with this status: a page that has vanished is no page. */
export const visit = async (page, path, status = 200) => {
  const answer = await page.goto(path);
  assert.equal(answer.status(), status, path);
};
