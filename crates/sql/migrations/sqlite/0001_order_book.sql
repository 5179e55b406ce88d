-- Times are microseconds since 1970 (UTC); amounts are minor units; texts of ids are canonical.

-- The order book. Rank makes the status comparable; see record_status.
CREATE TABLE orders (
  order_id      TEXT   NOT NULL PRIMARY KEY,
  restaurant_id TEXT,
  status        TEXT   NOT NULL,
  rank          BIGINT NOT NULL,
  at_us         BIGINT NOT NULL,
  reason        TEXT,
  ready_by_us   BIGINT,
  placed_at_us  BIGINT,
  snapshot      TEXT
);
CREATE INDEX orders_board ON orders (restaurant_id, rank, placed_at_us);
CREATE INDEX orders_rank ON orders (rank, placed_at_us);

-- When each status was reached.
CREATE TABLE order_history (
  order_id TEXT   NOT NULL,
  rank     BIGINT NOT NULL,
  status   TEXT   NOT NULL,
  at_us    BIGINT NOT NULL,
  PRIMARY KEY (order_id, rank)
);

-- The answer to each request to move an order; changed = 1 if it made the step.
CREATE TABLE decisions (
  request_id  TEXT   NOT NULL PRIMARY KEY,
  order_id    TEXT   NOT NULL,
  status      TEXT,
  changed     BIGINT NOT NULL,
  at_us       BIGINT NOT NULL,
  ready_by_us BIGINT
);

-- One row per order, written before anything is asked of the gateway.
CREATE TABLE payments (
  order_id      TEXT   NOT NULL PRIMARY KEY,
  placed_us     BIGINT NOT NULL,
  amount_minor  BIGINT NOT NULL,
  currency      TEXT   NOT NULL,
  state         TEXT   NOT NULL,
  intent_id     TEXT,
  attempts      BIGINT NOT NULL,
  attempted_us  BIGINT NOT NULL,
  decided_us    BIGINT,
  reason        TEXT
);

-- Mails sent.
CREATE TABLE mails (
  order_id TEXT   NOT NULL,
  kind     TEXT   NOT NULL,
  sent_us  BIGINT NOT NULL,
  PRIMARY KEY (order_id, kind)
);

-- What happened to each order, once; items is a JSON array of {item_id, name, quantity, revenue_minor}.
CREATE TABLE facts (
  order_id      TEXT   NOT NULL,
  kind          TEXT   NOT NULL,
  at_us         BIGINT NOT NULL,
  restaurant_id TEXT   NOT NULL,
  currency      TEXT   NOT NULL,
  total_minor   BIGINT NOT NULL,
  customer      TEXT   NOT NULL,
  items         TEXT   NOT NULL,
  PRIMARY KEY (order_id, kind)
);
CREATE INDEX facts_by_time ON facts (restaurant_id, kind, at_us);

-- Aggregates: changed only by rows that are new in facts, in the same transaction.
CREATE TABLE sales_by_hour (
  restaurant_id TEXT   NOT NULL,
  hour_s        BIGINT NOT NULL,
  kind          TEXT   NOT NULL,
  currency      TEXT   NOT NULL,
  orders        BIGINT NOT NULL,
  amount_minor  BIGINT NOT NULL,
  pieces        BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, hour_s, kind, currency)
);
CREATE TABLE sales_by_item (
  restaurant_id TEXT   NOT NULL,
  item_id       TEXT   NOT NULL,
  currency      TEXT   NOT NULL,
  name          TEXT   NOT NULL,
  quantity      BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, item_id, currency)
);
CREATE TABLE sales_by_customer (
  restaurant_id TEXT   NOT NULL,
  customer      TEXT   NOT NULL,
  orders        BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, customer)
);
