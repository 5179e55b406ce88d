-- From where, and with what, somebody signed in: for the list of one's own sessions.
ALTER TABLE sessions ADD COLUMN address TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN browser TEXT COLLATE "C";
