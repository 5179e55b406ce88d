-- Money that is held and captured later, cash, and refunds of parts.
ALTER TABLE payments ADD COLUMN method TEXT COLLATE "C" NOT NULL DEFAULT 'card';
ALTER TABLE payments ADD COLUMN authorized_us BIGINT;
ALTER TABLE payments ADD COLUMN capture_before_us BIGINT;
ALTER TABLE payments ADD COLUMN accepted_us BIGINT;
ALTER TABLE payments ADD COLUMN capture_failed_us BIGINT;
ALTER TABLE payments ADD COLUMN collected_us BIGINT;
-- The refund of what was left of a cancelled order; without an amount it was the whole.
ALTER TABLE payments ADD COLUMN refund_minor BIGINT;
-- The sums of the rows of `refunds`, of which none returns more than was taken.
ALTER TABLE payments ADD COLUMN parts_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN parts_reserved_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN parts_booked_minor BIGINT NOT NULL DEFAULT 0;

-- Refunds of parts: requested here, or learnt from the gateway. A refund that was refused says why.
CREATE TABLE refunds (
  order_id     TEXT COLLATE "C"   NOT NULL,
  refund_key   TEXT COLLATE "C"   NOT NULL,
  amount_minor BIGINT NOT NULL,
  lines        TEXT COLLATE "C",
  reason       TEXT COLLATE "C"   NOT NULL,
  requested_by TEXT COLLATE "C"   NOT NULL,
  person       TEXT COLLATE "C",
  requested_us BIGINT NOT NULL,
  attempts     BIGINT NOT NULL,
  refused      TEXT COLLATE "C",
  gateway_id   TEXT COLLATE "C",
  booked_us    BIGINT,
  total_minor  BIGINT,
  failed_us    BIGINT,
  due_us       BIGINT,
  PRIMARY KEY (order_id, refund_key)
);
CREATE UNIQUE INDEX refunds_at_gateway ON refunds (gateway_id) WHERE gateway_id IS NOT NULL;
CREATE INDEX refunds_due ON refunds (due_us) WHERE due_us IS NOT NULL;

-- What a refund returned, where that is not the whole order.
ALTER TABLE facts_a ADD COLUMN amount_minor BIGINT;
ALTER TABLE facts_b ADD COLUMN amount_minor BIGINT;

-- What customers dispute with their banks.
CREATE TABLE disputes (
  dispute_id   TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
  order_id     TEXT COLLATE "C"   NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency     TEXT COLLATE "C"   NOT NULL,
  reason       TEXT COLLATE "C"   NOT NULL,
  at_us        BIGINT NOT NULL
);
CREATE INDEX disputes_of_order ON disputes (order_id);

-- What the books of a restaurant's day need, kept with each posting: they outlive orders and rates.
-- Rows of earlier releases have no restaurant, and those without a tax rate have none here.
ALTER TABLE ledger ADD COLUMN restaurant_id TEXT COLLATE "C";
ALTER TABLE ledger ADD COLUMN tax_name TEXT COLLATE "C";
ALTER TABLE ledger ADD COLUMN tax_percent TEXT COLLATE "C";
-- The movements of a day: one posting of each entry is of money.
CREATE INDEX ledger_booked ON ledger (restaurant_id, at_us) WHERE account IN ('gateway', 'till');
