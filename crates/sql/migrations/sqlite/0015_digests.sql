-- The digest of the request that placed an order, so that its key is known for as long as the order
-- is; null for orders from before, and of writers who send none.
ALTER TABLE orders ADD COLUMN request_digest TEXT;

-- The digest of the record that an order came in: what another record of its id says is no order.
ALTER TABLE payments ADD COLUMN record_digest TEXT;
