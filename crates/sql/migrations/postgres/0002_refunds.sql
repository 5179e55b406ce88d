-- Cancellations and refunds on the payment row; the books; what the gateway told by itself.

ALTER TABLE payments ADD COLUMN cancelled_us BIGINT;
ALTER TABLE payments ADD COLUMN cancel_reason TEXT COLLATE "C";
ALTER TABLE payments ADD COLUMN refund_attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN refund_id TEXT COLLATE "C";
ALTER TABLE payments ADD COLUMN refunded_us BIGINT;

-- Every movement of money, once; the postings of an entry come to zero. Debit is positive.
CREATE TABLE ledger (
  order_id     TEXT COLLATE "C"   NOT NULL,
  entry        TEXT COLLATE "C"   NOT NULL,
  account      TEXT COLLATE "C"   NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency     TEXT COLLATE "C"   NOT NULL,
  at_us        BIGINT NOT NULL,
  PRIMARY KEY (order_id, entry, account)
);

-- What was captured before there were books.
INSERT INTO ledger
  SELECT * FROM (
    SELECT p.order_id AS order_id, 'capture' AS entry, 'gateway' AS account,
           p.amount_minor AS amount_minor, p.currency AS currency, p.decided_us AS at_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
    UNION ALL
    SELECT p.order_id, 'capture', 'sales', -(o.snapshot::jsonb ->> 'subtotal_minor')::bigint, p.currency, p.decided_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
    UNION ALL
    SELECT p.order_id, 'capture', 'delivery', -(o.snapshot::jsonb ->> 'delivery_fee_minor')::bigint, p.currency, p.decided_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
    UNION ALL
    SELECT p.order_id, 'capture', 'tips', -(o.snapshot::jsonb ->> 'tip_minor')::bigint, p.currency, p.decided_us
      FROM payments p JOIN orders o ON o.order_id = p.order_id WHERE p.state = 'captured'
  ) AS sides WHERE amount_minor <> 0;

CREATE TABLE gateway_events (
  event_id TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
  at_us    BIGINT NOT NULL
);
