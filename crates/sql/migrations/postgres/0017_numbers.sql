-- The last number taken of a restaurant's orders on a business day (a date).
CREATE TABLE order_numbers (
  restaurant_id TEXT COLLATE "C" NOT NULL,
  day           TEXT COLLATE "C" NOT NULL,
  last          BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, day)
);

-- By which number people call an order; null where none was taken, and for orders from before.
ALTER TABLE payments ADD COLUMN number BIGINT;
ALTER TABLE orders ADD COLUMN number BIGINT;
CREATE INDEX orders_by_number ON orders (number, placed_at_us, order_id) WHERE number IS NOT NULL;
