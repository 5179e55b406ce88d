-- Accounts of staff. email_key is the address in lower case; restaurants are slugs, apart by a space;
-- password is a PHC string.
CREATE TABLE staff (
  staff_id    TEXT   NOT NULL PRIMARY KEY,
  email       TEXT   NOT NULL,
  email_key   TEXT   NOT NULL UNIQUE,
  name        TEXT   NOT NULL,
  role        TEXT   NOT NULL,
  restaurants TEXT   NOT NULL,
  password    TEXT   NOT NULL,
  created_us  BIGINT NOT NULL
) WITHOUT ROWID;

-- Who is signed in. session is the hash of what the browser holds; staff_id is NULL for whoever
-- showed the staff token, of which token_mark is a mark.
CREATE TABLE sessions (
  session    TEXT   NOT NULL PRIMARY KEY,
  staff_id   TEXT,
  token_mark TEXT,
  begun_us   BIGINT NOT NULL,
  seen_us    BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_staff ON sessions (staff_id);

-- Who changed what; differences is a JSON array of {of, field, old, new}. Rows are only ever added.
CREATE TABLE change_log (
  change_id     TEXT   NOT NULL PRIMARY KEY,
  at_us         BIGINT NOT NULL,
  changed_by    TEXT   NOT NULL,
  staff_id      TEXT,
  restaurant_id TEXT,
  what          TEXT   NOT NULL,
  subject       TEXT   NOT NULL,
  differences   TEXT   NOT NULL
) WITHOUT ROWID;
CREATE INDEX change_log_by_time ON change_log (at_us, change_id);
CREATE INDEX change_log_by_place ON change_log (restaurant_id, at_us, change_id);
