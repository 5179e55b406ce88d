-- What is known to be published, for the change log to compare with: payloads of the topic menu by
-- key, with the offset of the record.
CREATE TABLE published (
  key     TEXT   NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  body    TEXT   NOT NULL
);

-- Who publishes on top of which version: of two who saw the same one, one gets it. A claim counts
-- until it runs out.
CREATE TABLE publish_claims (
  key      TEXT   NOT NULL,
  version  BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  PRIMARY KEY (key, version)
) WITHOUT ROWID;

-- Stock by time, and of one dish by version.
CREATE INDEX stock_history_by_time ON stock_history (restaurant_id, at_us, change_id);
CREATE INDEX stock_history_by_dish ON stock_history (restaurant_id, item_id, version);

-- Orders as people look for them: by e-mail address and name in lower case, and by age.
ALTER TABLE orders ADD COLUMN customer_email TEXT;
ALTER TABLE orders ADD COLUMN customer_name TEXT;
UPDATE orders SET customer_email = lower(snapshot ->> '$.customer.email'),
  customer_name = lower(snapshot ->> '$.customer.name') WHERE snapshot IS NOT NULL;
CREATE INDEX orders_by_email ON orders (customer_email, placed_at_us);
CREATE INDEX orders_by_name ON orders (customer_name, placed_at_us);
CREATE INDEX orders_by_shop ON orders (restaurant_id, placed_at_us, order_id);
CREATE INDEX orders_by_age ON orders (placed_at_us, order_id);
