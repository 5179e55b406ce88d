-- By which event each status of an order came first, where that stands in the log, and when it was
-- read: told to customers, never used to decide. Rows are only added.
CREATE TABLE order_travel (
  order_id        TEXT COLLATE "C" NOT NULL,
  rank            BIGINT NOT NULL,
  topic           TEXT COLLATE "C" NOT NULL,
  kafka_partition BIGINT NOT NULL,
  kafka_offset    BIGINT NOT NULL,
  produced_us     BIGINT NOT NULL,
  seen_us         BIGINT NOT NULL,
  PRIMARY KEY (order_id, rank)
);
