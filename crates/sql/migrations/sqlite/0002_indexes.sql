-- Open orders by age, for the board; facts by time, for figures of a span and the latest event.
DROP INDEX orders_board;
DROP INDEX orders_rank;
DROP INDEX facts_by_time;
CREATE INDEX orders_board ON orders (restaurant_id, placed_at_us, order_id) WHERE rank > 0 AND rank < 6;
CREATE INDEX facts_by_time ON facts (at_us);
CREATE INDEX facts_by_shop ON facts (restaurant_id, at_us);
