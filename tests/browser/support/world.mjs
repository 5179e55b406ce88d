// Sample orders in every status.
import { waitUntil } from './until.mjs';

const PEOPLE = ['Ada', 'Grace', 'Edsger', 'Barbara'];

/** Places an order through the API; returns its id and the address of its page. */
export const placeOrder = async (system, item, more = {}) => {
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
export const waitForStatus = (system, id, status) =>
  waitUntil(`${id} is ${status}`, async () => {
    const order = await system.asStaff('GET', `/api/orders/${id}`);
    if (order.status !== status) throw new Error(`it is ${order.status}`);
    return order;
  });

const STEPS = {
  confirmed: [],
  accepted: ['accept'],
  preparing: ['accept', 'start'],
  ready: ['accept', 'start', 'ready'],
  completed: ['accept', 'start', 'ready', 'complete'],
};

/** Places orders in every status; returns the address of each page by its status. */
export const placeOrdersInEveryStatus = async (system) => {
  const orders = {};
  const dishes = ['margherita', 'gnocchi-pesto', 'tiramisu', 'diavola', 'caprese'];
  for (const [n, [status, steps]] of Object.entries(STEPS).entries()) {
    const note = n === 0 ? 'Allergic to nuts' : undefined;
    const placed = await placeOrder(system, dishes[n], { name: PEOPLE[n % 4], line: { note } });
    await waitForStatus(system, placed.id, 'confirmed');
    for (const step of steps) {
      await system.takeStep(placed.id, step);
    }
    orders[status] = placed.page;
  }
  const declined = await placeOrder(system, 'lasagne', { card: 'pm_card_chargeDeclined' });
  await waitForStatus(system, declined.id, 'declined');
  const rejected = await placeOrder(system, 'lasagne');
  await waitForStatus(system, rejected.id, 'confirmed');
  await system.takeStep(rejected.id, 'reject', { reason: 'We have run out of a dish' });
  await system.waitUntilSettled();
  return { orders: { ...orders, declined: declined.page, cancelled: rejected.page } };
};
