-- The whole of a session, which no callback reads, lies by itself: of what a callback does read twenty sessions then share
-- a page instead of three, and of a file with millions of them a fifth of the memory answers callbacks.

CREATE TABLE session_records (
    session INTEGER PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    -- The whole session, as JSON.
    record TEXT NOT NULL
) STRICT;
INSERT INTO session_records (session, record) SELECT id, record FROM sessions;
ALTER TABLE sessions DROP COLUMN record;
