-- By which trace an order came (W3C traceparent), so that events which are published again, or much
-- later, are in it; null for orders from before, and of writers who send none.
ALTER TABLE orders ADD COLUMN trace TEXT;
