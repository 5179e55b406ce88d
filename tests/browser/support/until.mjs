// Waits for conditions. Time is never asserted: only a hang reaches the limit.
import { setTimeout as pause } from 'node:timers/promises';

export const AT_MOST_MS = 60_000;

/** Calls `check` until it returns a truthy value; at the limit, throws with its last error. */
export const waitUntil = async (what, check) => {
  const deadline = Date.now() + AT_MOST_MS;
  let last;
  while (Date.now() < deadline) {
    try {
      const seen = await check();
      if (seen) return seen;
    } catch (error) {
      last = error;
    }
    await pause(25);
  }
  throw new Error(`it did not come to this: ${what}`, { cause: last });
};
