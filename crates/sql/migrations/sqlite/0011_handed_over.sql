-- What was handed over, by when: looked up for the last day only.
CREATE INDEX orders_handed_over ON orders (at_us, restaurant_id) WHERE rank = 6;
