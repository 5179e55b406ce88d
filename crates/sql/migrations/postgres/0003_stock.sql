-- How many pieces of each dish there are. on_hand is what orders may take, NULL for as many as they
-- ask for; counted goes on underneath: all that was ever added, less all that orders hold.
CREATE TABLE stock (
  restaurant_id     TEXT COLLATE "C" NOT NULL,
  item_id           TEXT COLLATE "C" NOT NULL,
  counting          TEXT COLLATE "C" NOT NULL,
  counted           BIGINT NOT NULL,
  on_hand           BIGINT CHECK (on_hand >= 0 AND on_hand = counted),
  version           BIGINT NOT NULL,
  published_version BIGINT NOT NULL,
  at_us             BIGINT NOT NULL,
  PRIMARY KEY (restaurant_id, item_id)
-- Rows are few and change with every batch of orders: room on their pages spares the vacuum.
) WITH (fillfactor = 50);

-- Each change once: what it said, what it really added, what there was afterwards; asked for at
-- at_us, done at done_us.
CREATE TABLE stock_history (
  change_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  restaurant_id TEXT COLLATE "C" NOT NULL,
  item_id       TEXT COLLATE "C" NOT NULL,
  what          TEXT COLLATE "C" NOT NULL,
  amount        BIGINT,
  added         BIGINT NOT NULL,
  on_hand       BIGINT,
  version       BIGINT NOT NULL,
  reason        TEXT COLLATE "C",
  changed_by    TEXT COLLATE "C" NOT NULL,
  at_us         BIGINT NOT NULL,
  done_us       BIGINT NOT NULL
);

-- What each order took of counted dishes: reserved, then sold or released.
CREATE TABLE reservations (
  order_id      TEXT COLLATE "C" NOT NULL,
  restaurant_id TEXT COLLATE "C" NOT NULL,
  item_id       TEXT COLLATE "C" NOT NULL,
  quantity      BIGINT NOT NULL,
  state         TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (order_id, restaurant_id, item_id)
);
