-- Calls, what was counted of them, what happened, and the tries of PINs.
-- Callers and callees stand here as in sessions: sealed in the record, and as keyed hashes to look them up by.

CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL UNIQUE,
    -- Of its first callback, else as its report tells.
    time INTEGER NOT NULL,
    pool TEXT NOT NULL,
    session_id TEXT NOT NULL,
    dialled TEXT NOT NULL,
    keep_until INTEGER NOT NULL,
    -- The whole call, as JSON.
    record TEXT NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (time, call_id);
CREATE INDEX calls_of_pool ON calls (pool, time, call_id);
CREATE INDEX calls_of_number ON calls (dialled, time, call_id);
CREATE INDEX calls_of_session ON calls (session_id, time, call_id) WHERE session_id <> '';
CREATE INDEX calls_to_forget ON calls (keep_until);

-- Which calls a real number made or received.
CREATE TABLE call_people (
    person BLOB NOT NULL,
    call INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    PRIMARY KEY (person, call)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_of_call ON call_people (call);

-- By which names the provider knows a call.
CREATE TABLE call_names (
    name TEXT NOT NULL,
    call INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    PRIMARY KEY (name, call)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_of_call ON call_names (call);

-- The hours in which calls began, and what was counted of them when they were at counted_version.
CREATE TABLE call_hours (
    pool TEXT NOT NULL,
    begin INTEGER NOT NULL,
    version INTEGER NOT NULL,
    counted_version INTEGER NOT NULL DEFAULT 0,
    counts BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (pool, begin)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_hours_by_time ON call_hours (begin);

-- What happened, in the order of its writing: there is one writer at a time, so a lower id was committed earlier.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (time);

CREATE TABLE pin_numbers (
    dialled TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    locked_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE pin_tries (
    call_id TEXT NOT NULL,
    tried BLOB NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (call_id, tried)
) STRICT, WITHOUT ROWID;
CREATE INDEX pin_tries_by_time ON pin_tries (time);

-- A report goes with its session. One that outlives its retention because its session is still remembered is put off:
-- it is looked at again when as much time has passed once more, and not by every sweeping.
-- held_time is when its session was last found to be remembered; 0 until that was asked.
ALTER TABLE reports ADD COLUMN held_time INTEGER NOT NULL DEFAULT 0;
DROP INDEX reports_by_time;
CREATE INDEX reports_to_look_at ON reports (max(receive_time, held_time));
