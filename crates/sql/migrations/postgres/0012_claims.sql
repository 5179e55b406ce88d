-- Who publishes on top of which version, one row a key: of two who saw the same one, one gets it, and
-- nobody who saw an older one. A claim counts until it runs out; those of before last seconds, or
-- were kept for ever and have done their work.
DROP TABLE publish_claims;
CREATE TABLE publish_claims (
  key      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version  BIGINT NOT NULL,
  until_us BIGINT NOT NULL
);
