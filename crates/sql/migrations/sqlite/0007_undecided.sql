-- Orders without an outcome, by age: few at any time, looked for every few seconds.
CREATE INDEX orders_undecided ON orders (placed_at_us, order_id) WHERE rank = 0;

-- Who of many instances sends a mail that no record asks for. A claim counts until it runs out.
CREATE TABLE mail_claims (
  order_id TEXT   NOT NULL,
  kind     TEXT   NOT NULL,
  until_us BIGINT NOT NULL,
  PRIMARY KEY (order_id, kind)
) WITHOUT ROWID;
