-- Accounts of staff. email_key is the address in lower case; restaurants are slugs, apart by a space;
-- password is a PHC string.
CREATE TABLE staff (
  staff_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  email       TEXT COLLATE "C" NOT NULL,
  email_key   TEXT COLLATE "C" NOT NULL UNIQUE,
  name        TEXT COLLATE "C" NOT NULL,
  role        TEXT COLLATE "C" NOT NULL,
  restaurants TEXT COLLATE "C" NOT NULL,
  password    TEXT COLLATE "C" NOT NULL,
  created_us  BIGINT NOT NULL
);

-- Who is signed in. session is the hash of what the browser holds; staff_id is NULL for whoever
-- showed the staff token, of which token_mark is a mark.
CREATE TABLE sessions (
  session    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  staff_id   TEXT COLLATE "C",
  token_mark TEXT COLLATE "C",
  begun_us   BIGINT NOT NULL,
  seen_us    BIGINT NOT NULL
);
CREATE INDEX sessions_by_staff ON sessions (staff_id);

-- Who changed what; differences is a JSON array of {of, field, old, new}. Rows are only ever added.
CREATE TABLE change_log (
  change_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at_us         BIGINT NOT NULL,
  changed_by    TEXT COLLATE "C" NOT NULL,
  staff_id      TEXT COLLATE "C",
  restaurant_id TEXT COLLATE "C",
  what          TEXT COLLATE "C" NOT NULL,
  subject       TEXT COLLATE "C" NOT NULL,
  differences   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX change_log_by_time ON change_log (at_us, change_id);
CREATE INDEX change_log_by_place ON change_log (restaurant_id, at_us, change_id);
