-- Why an order was called off: the answer to a request is told again word by word.
ALTER TABLE decisions ADD COLUMN reason TEXT;

-- Seconds within which the restaurant answers; NULL where nobody has to.
ALTER TABLE orders ADD COLUMN accept_within_s BIGINT;
UPDATE orders SET accept_within_s = snapshot->>'accept_within_s'
  WHERE rank < 2 AND snapshot->>'auto_accept' = 0;

-- Paid orders that nobody has answered, by the moment at which the time for that is over.
CREATE INDEX orders_unanswered ON orders (at_us + 1000000 * accept_within_s)
  WHERE rank = 1 AND accept_within_s IS NOT NULL;
