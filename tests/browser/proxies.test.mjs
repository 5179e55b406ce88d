// Live pages behind proxies: with default settings they are live; behind one that blocks streams
// they say that they are not live, and poll.
import { Cook } from './support/cook.mjs';
import { startCaddy, startNginx, startStreamBlocker } from './support/proxies.mjs';
import { stage } from './support/stage.mjs';

const { test } = stage();

const notLive = (page) => page.getByText('Not live: looking again every 10 s.');

/** An order is placed and cooked, all of it through a proxy. */
const cookedThrough = async (cast, proxy) => {
  const baseURL = proxy.origin;
  const cook = new Cook(await cast.staff('kitchen', { baseURL }));
  await cook.opens();
  const ada = await cast.customer({ baseURL });
  const order = await ada.orders('bella-napoli', 'Margherita');
  await ada.reads('Confirmed.');
  await cook.finds(order, 'New');
  await cook.presses(order, 'Accept');
  await ada.reads('Bella Napoli has accepted your order');
  return { ada, cook };
};

for (const [name, start] of Object.entries({ nginx: startNginx, caddy: startCaddy })) {
  test(`behind ${name} pages are live`, async (cast) => {
    const proxy = await start(cast.system.origin);
    try {
      const { ada, cook } = await cookedThrough(cast, proxy);
      await notLive(ada.page).waitFor({ state: 'hidden' });
      await notLive(cook.page).waitFor({ state: 'hidden' });
    } finally {
      await proxy.stop();
    }
  });
}

for (const withHead of [false, true]) {
  const kept = withHead ? 'the body' : 'all';
  test(`behind a proxy that keeps ${kept} of a stream, pages say so and look`, async (cast) => {
    const proxy = await startStreamBlocker(cast.system.origin, { withHead });
    try {
      const { ada, cook } = await cookedThrough(cast, proxy);
      await notLive(ada.page).waitFor();
      await notLive(cook.page).waitFor();
    } finally {
      await proxy.stop();
    }
  });
}
