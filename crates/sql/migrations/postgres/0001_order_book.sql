-- Times are microseconds since 1970 (UTC); amounts are minor units; texts of ids are canonical.
-- Texts compare byte by byte, whatever the database's own collation: so do the program and SQLite.

-- The order book. Rank makes the status comparable; see record_status.
CREATE TABLE orders (
  order_id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  restaurant_id TEXT COLLATE "C",
  status        TEXT COLLATE "C" NOT NULL,
  rank          BIGINT NOT NULL,
  at_us         BIGINT NOT NULL,
  reason        TEXT COLLATE "C",
  ready_by_us   BIGINT,
  placed_at_us  BIGINT,
  snapshot      TEXT COLLATE "C"
);
-- Open orders by age, for the board.
CREATE INDEX orders_board ON orders (restaurant_id, placed_at_us, order_id) WHERE rank > 0 AND rank < 6;

-- When each status was reached.
CREATE TABLE order_history (
  order_id TEXT COLLATE "C" NOT NULL,
  rank     BIGINT NOT NULL,
  status   TEXT COLLATE "C" NOT NULL,
  at_us    BIGINT NOT NULL,
  PRIMARY KEY (order_id, rank)
);

-- The answer to each request to move an order; changed = 1 if it made the step.
CREATE TABLE decisions (
  request_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  order_id    TEXT COLLATE "C" NOT NULL,
  status      TEXT COLLATE "C",
  changed     BIGINT NOT NULL,
  at_us       BIGINT NOT NULL,
  ready_by_us BIGINT
);

-- One row per order, written before anything is asked of the gateway.
CREATE TABLE payments (
  order_id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  placed_us     BIGINT NOT NULL,
  amount_minor  BIGINT NOT NULL,
  currency      TEXT COLLATE "C" NOT NULL,
  state         TEXT COLLATE "C" NOT NULL,
  intent_id     TEXT COLLATE "C",
  attempts      BIGINT NOT NULL,
  attempted_us  BIGINT NOT NULL,
  decided_us    BIGINT,
  reason        TEXT COLLATE "C"
-- Each row is updated soon and changes no key: room on its page spares the index.
) WITH (fillfactor = 70);

-- Mails sent.
CREATE TABLE mails (
  order_id TEXT COLLATE "C" NOT NULL,
  kind     TEXT COLLATE "C" NOT NULL,
  sent_us  BIGINT NOT NULL,
  PRIMARY KEY (order_id, kind)
);

-- What happened to each order, once; items is a JSON array of {item_id, name, quantity, revenue_minor}.
CREATE TABLE facts (
  order_id      TEXT COLLATE "C" NOT NULL,
  kind          TEXT COLLATE "C" NOT NULL,
  at_us         BIGINT NOT NULL,
  restaurant_id TEXT COLLATE "C" NOT NULL,
  currency      TEXT COLLATE "C" NOT NULL,
  total_minor   BIGINT NOT NULL,
  customer      TEXT COLLATE "C" NOT NULL,
  items         TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (order_id, kind)
);
CREATE INDEX facts_by_time ON facts (at_us);
CREATE INDEX facts_by_shop ON facts (restaurant_id, at_us);

-- Aggregates: changed only by rows that are new in facts, in the same transaction.
CREATE TABLE sales_by_hour (
  restaurant_id TEXT COLLATE "C" NOT NULL,
  hour_s        BIGINT NOT NULL,
  kind          TEXT COLLATE "C" NOT NULL,
  currency      TEXT COLLATE "C" NOT NULL,
  orders        BIGINT NOT NULL,
  amount_minor  BIGINT NOT NULL,
  pieces        BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, hour_s, kind, currency)
);
CREATE TABLE sales_by_item (
  restaurant_id TEXT COLLATE "C" NOT NULL,
  item_id       TEXT COLLATE "C" NOT NULL,
  currency      TEXT COLLATE "C" NOT NULL,
  name          TEXT COLLATE "C" NOT NULL,
  quantity      BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, item_id, currency)
);
CREATE TABLE sales_by_customer (
  restaurant_id TEXT COLLATE "C" NOT NULL,
  customer      TEXT COLLATE "C" NOT NULL,
  orders        BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, customer)
);
