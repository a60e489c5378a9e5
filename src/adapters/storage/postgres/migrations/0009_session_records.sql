-- The whole of a session, which no callback reads, lies by itself: of what a callback does read many sessions share a page
-- then, and of millions of them a fraction of the memory answers callbacks.

-- No foreign key, which would look for the session's row with every opening; both are stored and forgotten together.
-- Whoever changes one locks the session's row first, then this one.
CREATE TABLE masking.session_records (
    session int8 PRIMARY KEY,
    -- The whole session, as JSON.
    record text NOT NULL
);
INSERT INTO masking.session_records (session, record) SELECT id, record FROM masking.sessions ORDER BY id;
ALTER TABLE masking.sessions DROP COLUMN record;
-- Write the rows anew: until then each of them is as long as before.
CLUSTER masking.sessions USING sessions_pkey;
ALTER TABLE masking.sessions SET WITHOUT CLUSTER;

-- A record is replaced when its session is changed or closed, and goes when that is forgotten.
ALTER TABLE masking.session_records SET (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
