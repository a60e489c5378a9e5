-- Pools, their numbers, the sessions on them and the provider's reports.
-- Times are microseconds since 1970-01-01T00:00:00Z. No real number stands here in the clear:
-- "caller" and "lookup" are keyed hashes, and what is dialled is sealed.

CREATE TABLE store_keys (
    position INTEGER PRIMARY KEY,
    key_id TEXT NOT NULL UNIQUE,
    key_check TEXT NOT NULL
) STRICT;

CREATE TABLE pools (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    policy TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE numbers (
    number TEXT PRIMARY KEY,
    pool TEXT NOT NULL REFERENCES pools (name),
    country TEXT NOT NULL,
    area TEXT NOT NULL,
    voice INTEGER NOT NULL,
    sms INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- Participants of active sessions who dial it, and when that last changed.
    load INTEGER NOT NULL DEFAULT 0 CHECK (load >= 0),
    touched INTEGER NOT NULL DEFAULT 0,
    reserved_by TEXT NOT NULL DEFAULT '',
    create_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What allocation walks, the least loaded first: one index for each reach, of the available numbers alone.
CREATE INDEX numbers_by_load ON numbers (pool, load, touched)
    WHERE state = 'IN_SERVICE' AND voice = 1 AND reserved_by = '';
CREATE INDEX numbers_of_country_by_load ON numbers (pool, country, load, touched)
    WHERE state = 'IN_SERVICE' AND voice = 1 AND reserved_by = '';
CREATE INDEX numbers_of_area_by_load ON numbers (pool, country, area, load, touched)
    WHERE state = 'IN_SERVICE' AND voice = 1 AND reserved_by = '';
CREATE INDEX numbers_of_pool ON numbers (pool, number);
CREATE INDEX numbers_draining ON numbers (number) WHERE state = 'DRAINING';

-- By which nobody's real number can be a number of ours.
CREATE TABLE virtual_lookups (
    lookup BLOB PRIMARY KEY,
    number TEXT NOT NULL REFERENCES numbers (number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX virtual_lookups_of_number ON virtual_lookups (number);

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
    call_settings TEXT,
    -- The whole session, as JSON.
    record TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_of_pool ON sessions (pool, session_id);
CREATE INDEX sessions_of_reference ON sessions (reference, session_id) WHERE reference <> '';
CREATE INDEX sessions_loading ON sessions (session_id) WHERE loading = 1;
CREATE INDEX sessions_due ON sessions (end_time) WHERE loading = 1;
CREATE INDEX sessions_ended ON sessions (pool, end_time) WHERE loading = 0;

-- One row for each (caller, dialled number), which is I1: the session that ends last on it.
CREATE TABLE routes (
    caller BLOB NOT NULL,
    dialled TEXT NOT NULL,
    session INTEGER NOT NULL,
    side INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    PRIMARY KEY (caller, dialled)
) STRICT, WITHOUT ROWID;
CREATE INDEX routes_of_number ON routes (dialled, end_time);
CREATE INDEX routes_of_caller ON routes (caller, end_time);

-- Which sessions a real number takes or took part in.
CREATE TABLE callers (
    caller BLOB NOT NULL,
    session INTEGER NOT NULL,
    PRIMARY KEY (caller, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE reports (
    digest BLOB PRIMARY KEY,
    session_id TEXT NOT NULL,
    receive_time INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_of_session ON reports (session_id, receive_time);
CREATE INDEX reports_by_time ON reports (receive_time);
