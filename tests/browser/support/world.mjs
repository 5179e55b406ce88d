// Orders at every step, as content for pages.
import { until } from './until.mjs';

const PEOPLE = ['Ada', 'Grace', 'Edsger', 'Barbara'];

/** Places an order through the API; returns its id and the address of its page. */
export const order = async (system, item, more = {}) => {
  const name = more.name ?? 'Ada';
  const body = {
    restaurant_id: 'bella-napoli',
    customer: { name, email: `${name.toLowerCase()}@example.com` },
    fulfilment: { kind: 'pickup' },
    lines: [{ item_id: item, quantity: 2, ...more.line }],
    payment_method: more.card ?? 'pm_card_visa',
  };
  const placed = await system.placeOrder(body);
  return { id: placed.order_id, page: new URL(placed.links.page, system.origin).href };
};

/** Waits until an order has reached a status. */
export const comesTo = (system, id, status) =>
  until(`${id} is ${status}`, async () => {
    const order = await system.asStaff('GET', `/api/orders/${id}`);
    if (order.status !== status) throw new Error(`it is ${order.status}`);
    return order;
  });

const WAYS = {
  confirmed: [],
  accepted: ['accept'],
  preparing: ['accept', 'start'],
  ready: ['accept', 'start', 'ready'],
  completed: ['accept', 'start', 'ready', 'complete'],
};

/** Places orders at every step; returns the address of each page by its status. */
export const world = async (system) => {
  const orders = {};
  const dishes = ['margherita', 'gnocchi-pesto', 'tiramisu', 'diavola', 'caprese'];
  for (const [n, [status, steps]] of Object.entries(WAYS).entries()) {
    const note = n === 0 ? 'Allergic to nuts' : undefined;
    const placed = await order(system, dishes[n], { name: PEOPLE[n % 4], line: { note } });
    await comesTo(system, placed.id, 'confirmed');
    for (const step of steps) {
      await system.takeStep(placed.id, step);
    }
    orders[status] = placed.page;
  }
  const declined = await order(system, 'lasagne', { card: 'pm_card_chargeDeclined' });
  await comesTo(system, declined.id, 'declined');
  const rejected = await order(system, 'lasagne');
  await comesTo(system, rejected.id, 'confirmed');
  await system.takeStep(rejected.id, 'reject', { reason: 'We have run out of a dish' });
  await system.settles();
  return { orders: { ...orders, declined: declined.page, cancelled: rejected.page } };
};
