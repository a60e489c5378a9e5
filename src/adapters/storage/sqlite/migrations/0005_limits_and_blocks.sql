-- Calls that count against limits, what calls cost, and numbers that the operator has blocked.

-- One call of one subject: a caller (by look-up key), a session, a number or a pool. It goes on until "until", and may
-- be forgotten from keep_until on.
CREATE TABLE counted_calls (
    subject TEXT NOT NULL,
    call_id TEXT NOT NULL,
    begin INTEGER NOT NULL,
    until INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    PRIMARY KEY (subject, call_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX counted_calls_to_forget ON counted_calls (keep_until);

-- What a pool has spent on one day, in millionths, and what each call has cost of it.
CREATE TABLE purses (
    name TEXT PRIMARY KEY,
    spent INTEGER NOT NULL,
    keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX purses_to_forget ON purses (keep_until);

CREATE TABLE costs (
    purse TEXT NOT NULL REFERENCES purses (name) ON DELETE CASCADE,
    call_id TEXT NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (purse, call_id)
) STRICT, WITHOUT ROWID;

-- A block as JSON, and the look-up keys that it is known by.
CREATE TABLE blocks (
    block_id TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE block_lookups (
    lookup BLOB PRIMARY KEY,
    block_id TEXT NOT NULL REFERENCES blocks (block_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX lookups_of_block ON block_lookups (block_id);
