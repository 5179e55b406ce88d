-- From where, and with what, somebody signed in: for the list of one's own sessions.
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN browser TEXT;
