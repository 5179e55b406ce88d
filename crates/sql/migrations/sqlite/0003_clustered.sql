-- Rows of these tables are found by their key alone: kept in its order, without a second tree from
-- keys to rows, a change touches half as many pages. Orders stay: their rows are too long for that.

CREATE TABLE clustered_history (
  order_id TEXT   NOT NULL,
  rank     BIGINT NOT NULL,
  status   TEXT   NOT NULL,
  at_us    BIGINT NOT NULL,
  PRIMARY KEY (order_id, rank)
) WITHOUT ROWID;
INSERT INTO clustered_history SELECT order_id, rank, status, at_us FROM order_history;
DROP TABLE order_history;
ALTER TABLE clustered_history RENAME TO order_history;

CREATE TABLE clustered_decisions (
  request_id  TEXT   NOT NULL PRIMARY KEY,
  order_id    TEXT   NOT NULL,
  status      TEXT,
  changed     BIGINT NOT NULL,
  at_us       BIGINT NOT NULL,
  ready_by_us BIGINT
) WITHOUT ROWID;
INSERT INTO clustered_decisions
  SELECT request_id, order_id, status, changed, at_us, ready_by_us FROM decisions;
DROP TABLE decisions;
ALTER TABLE clustered_decisions RENAME TO decisions;

CREATE TABLE clustered_payments (
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
) WITHOUT ROWID;
INSERT INTO clustered_payments
  SELECT order_id, placed_us, amount_minor, currency, state, intent_id, attempts, attempted_us,
         decided_us, reason FROM payments;
DROP TABLE payments;
ALTER TABLE clustered_payments RENAME TO payments;

CREATE TABLE clustered_mails (
  order_id TEXT   NOT NULL,
  kind     TEXT   NOT NULL,
  sent_us  BIGINT NOT NULL,
  PRIMARY KEY (order_id, kind)
) WITHOUT ROWID;
INSERT INTO clustered_mails SELECT order_id, kind, sent_us FROM mails;
DROP TABLE mails;
ALTER TABLE clustered_mails RENAME TO mails;

CREATE TABLE clustered_facts (
  order_id      TEXT   NOT NULL,
  kind          TEXT   NOT NULL,
  at_us         BIGINT NOT NULL,
  restaurant_id TEXT   NOT NULL,
  currency      TEXT   NOT NULL,
  total_minor   BIGINT NOT NULL,
  customer      TEXT   NOT NULL,
  items         TEXT   NOT NULL,
  PRIMARY KEY (order_id, kind)
) WITHOUT ROWID;
INSERT INTO clustered_facts
  SELECT order_id, kind, at_us, restaurant_id, currency, total_minor, customer, items FROM facts;
DROP TABLE facts;
ALTER TABLE clustered_facts RENAME TO facts;
CREATE INDEX facts_by_time ON facts (at_us);
CREATE INDEX facts_by_shop ON facts (restaurant_id, at_us);
