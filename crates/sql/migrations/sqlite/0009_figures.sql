-- Figures, twice: one projection is read, the other one is built beside it when figures are made
-- anew from the log (comanda analytics rebuild). Both have the same tables; {s} stands for a and b.

CREATE TABLE fact_orders_{s} (
  order_id      TEXT NOT NULL PRIMARY KEY,
  restaurant_id TEXT NOT NULL,
  time_zone     TEXT NOT NULL,
  currency      TEXT NOT NULL,
  placed_us     BIGINT NOT NULL,
  total_minor   BIGINT NOT NULL,
  pieces        BIGINT NOT NULL,
  customer      TEXT NOT NULL,
  items         TEXT NOT NULL
) WITHOUT ROWID;
-- What happened to each order, once.
CREATE TABLE facts_{s} (
  order_id      TEXT NOT NULL,
  kind          TEXT NOT NULL,
  at_us         BIGINT NOT NULL,
  restaurant_id TEXT NOT NULL,
  reason        TEXT NOT NULL,
  PRIMARY KEY (order_id, kind)
) WITHOUT ROWID;
CREATE INDEX facts_{s}_by_time ON facts_{s} (kind, at_us);
CREATE INDEX facts_{s}_by_shop ON facts_{s} (restaurant_id, kind, at_us);

-- Aggregates: changed only by rows that are new in facts, in the same transaction. A scope is a
-- restaurant, or empty for all; a grain is the length of a stretch in seconds, 0 for all time.
CREATE TABLE sales_{s} (
  scope        TEXT NOT NULL,
  basis        TEXT NOT NULL,
  grain        BIGINT NOT NULL,
  start_s      BIGINT NOT NULL,
  kind         TEXT NOT NULL,
  reason       TEXT NOT NULL,
  currency     TEXT NOT NULL,
  orders       BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  pieces       BIGINT NOT NULL,
  latest_us    BIGINT NOT NULL,
  PRIMARY KEY (scope, basis, grain, start_s, kind, reason, currency)
) WITHOUT ROWID;
CREATE TABLE lead_times_{s} (
  scope   TEXT NOT NULL,
  grain   BIGINT NOT NULL,
  start_s BIGINT NOT NULL,
  stage   TEXT NOT NULL,
  bucket  BIGINT NOT NULL,
  orders  BIGINT NOT NULL,
  PRIMARY KEY (scope, grain, start_s, stage, bucket)
) WITHOUT ROWID;
CREATE TABLE dishes_{s} (
  scope         TEXT NOT NULL,
  kind          TEXT NOT NULL,
  grain         BIGINT NOT NULL,
  start_s       BIGINT NOT NULL,
  item_id       TEXT NOT NULL,
  currency      TEXT NOT NULL,
  quantity      BIGINT NOT NULL,
  revenue_minor BIGINT NOT NULL,
  named_us      BIGINT NOT NULL,
  name          TEXT NOT NULL,
  PRIMARY KEY (scope, kind, grain, start_s, item_id, currency)
) WITHOUT ROWID;
CREATE TABLE customers_{s} (
  scope    TEXT NOT NULL,
  customer TEXT NOT NULL,
  orders   BIGINT NOT NULL,
  PRIMARY KEY (scope, customer)
) WITHOUT ROWID;
-- The days on which a customer had a confirmed order.
CREATE TABLE customer_days_{s} (
  scope    TEXT NOT NULL,
  customer TEXT NOT NULL,
  day_s    BIGINT NOT NULL,
  PRIMARY KEY (scope, customer, day_s)
) WITHOUT ROWID;
-- How many customers had an order on a day, by the last such day before it.
CREATE TABLE visits_{s} (
  scope     TEXT NOT NULL,
  day_s     BIGINT NOT NULL,
  before_s  BIGINT NOT NULL,
  customers BIGINT NOT NULL,
  PRIMARY KEY (scope, day_s, before_s)
) WITHOUT ROWID;
CREATE TABLE customer_totals_{s} (
  scope       TEXT NOT NULL PRIMARY KEY,
  customers   BIGINT NOT NULL,
  returning_n BIGINT NOT NULL
) WITHOUT ROWID;

-- The latest level of each dish, and what staff changed.
CREATE TABLE levels_{s} (
  restaurant_id TEXT NOT NULL,
  item_id       TEXT NOT NULL,
  version       BIGINT NOT NULL,
  on_hand       BIGINT,
  at_us         BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, item_id)
) WITHOUT ROWID;
CREATE TABLE restocks_{s} (
  change_id     TEXT NOT NULL PRIMARY KEY,
  restaurant_id TEXT NOT NULL,
  item_id       TEXT NOT NULL,
  what          TEXT NOT NULL,
  amount        BIGINT,
  reason        TEXT,
  at_us         BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX restocks_{s}_by_time ON restocks_{s} (at_us);
CREATE INDEX restocks_{s}_by_shop ON restocks_{s} (restaurant_id, at_us);
