-- Cancellations and refunds on the payment row; the books; what the gateway told by itself.

ALTER TABLE payments ADD COLUMN cancelled_us BIGINT;
ALTER TABLE payments ADD COLUMN cancel_reason TEXT;
ALTER TABLE payments ADD COLUMN refund_attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN refund_id TEXT;
ALTER TABLE payments ADD COLUMN refunded_us BIGINT;

-- Every movement of money, once; the postings of an entry come to zero. Debit is positive.
CREATE TABLE ledger (
  order_id     TEXT   NOT NULL,
  entry        TEXT   NOT NULL,
  account      TEXT   NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency     TEXT   NOT NULL,
  at_us        BIGINT NOT NULL,
  PRIMARY KEY (order_id, entry, account)
) WITHOUT ROWID;

-- What was captured before there were books.
INSERT INTO ledger
  SELECT * FROM (
    SELECT p.order_id AS order_id, 'capture' AS entry, 'gateway' AS account,
           p.amount_minor AS amount_minor, p.currency AS currency, p.decided_us AS at_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
    UNION ALL
    SELECT p.order_id, 'capture', 'sales', -(o.snapshot ->> 'subtotal_minor'), p.currency, p.decided_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
    UNION ALL
    SELECT p.order_id, 'capture', 'delivery', -(o.snapshot ->> 'delivery_fee_minor'), p.currency, p.decided_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
    UNION ALL
    SELECT p.order_id, 'capture', 'tips', -(o.snapshot ->> 'tip_minor'), p.currency, p.decided_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
  ) WHERE amount_minor <> 0;

CREATE TABLE gateway_events (
  event_id TEXT   NOT NULL PRIMARY KEY,
  at_us    BIGINT NOT NULL
) WITHOUT ROWID;
