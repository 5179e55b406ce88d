-- When the money was captured, when the bank asked for authentication, and until when. A timer looks at a payment
-- when it is due: at the end of the time for authentication, or to publish what was learnt outside
-- of the consumer group. Few rows are due at any time.
ALTER TABLE payments ADD COLUMN captured_us BIGINT;
ALTER TABLE payments ADD COLUMN action_us BIGINT;
ALTER TABLE payments ADD COLUMN action_until_us BIGINT;
ALTER TABLE payments ADD COLUMN due_us BIGINT;
CREATE INDEX payments_due ON payments (due_us) WHERE due_us IS NOT NULL;
