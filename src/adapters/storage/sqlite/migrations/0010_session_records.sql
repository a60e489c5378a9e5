-- The whole of a session, which no callback reads, lies by itself. Of what a callback does read twenty sessions share a
-- page then instead of three, and of a file with millions of them a fifth of the memory answers callbacks.

ALTER TABLE sessions RENAME TO whole_sessions;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    pool TEXT NOT NULL REFERENCES pools (name),
    reference TEXT NOT NULL,
    request_id TEXT UNIQUE,
    version INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    -- Whether it still counts in its numbers' load; taken off when it is closed, or found expired.
    loading INTEGER NOT NULL,
    -- What a callback needs of each side: its sealed first number, and the number it dials.
    callee_0 BLOB NOT NULL,
    callee_1 BLOB NOT NULL,
    proxy_0 TEXT NOT NULL,
    proxy_1 TEXT NOT NULL,
    -- NULL where there is neither recording nor announcement.
    call_settings TEXT
) STRICT;
CREATE TABLE session_records (
    session INTEGER PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    -- The whole session, as JSON.
    record TEXT NOT NULL
) STRICT;
INSERT INTO sessions
SELECT id, session_id, pool, reference, request_id, version, end_time, closed, loading, callee_0, callee_1, proxy_0,
       proxy_1, call_settings
FROM whole_sessions ORDER BY id;
INSERT INTO session_records (session, record) SELECT id, record FROM whole_sessions ORDER BY id;
DROP TABLE whole_sessions;
CREATE INDEX sessions_of_pool ON sessions (pool, session_id);
CREATE INDEX sessions_of_reference ON sessions (reference, session_id) WHERE reference <> '';
CREATE INDEX sessions_loading ON sessions (session_id) WHERE loading = 1;
CREATE INDEX sessions_due ON sessions (end_time) WHERE loading = 1;
CREATE INDEX sessions_ended ON sessions (pool, end_time) WHERE loading = 0;
