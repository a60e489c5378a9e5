-- Calls that count against limits, what calls cost, and numbers that the operator has blocked.

-- One call of one subject: a caller (by look-up key), a session, a number or a pool. It goes on until "until", and may
-- be forgotten from keep_until on. Who counts on a subject holds an advisory lock on it.
CREATE TABLE masking.counted_calls (
    subject text COLLATE "C" NOT NULL,
    call_id text COLLATE "C" NOT NULL,
    begin int8 NOT NULL,
    until int8 NOT NULL,
    keep_until int8 NOT NULL,
    PRIMARY KEY (subject, call_id)
);
CREATE INDEX counted_calls_by_end ON masking.counted_calls (keep_until);

-- What a pool has spent on one day, in millionths, and what each call has cost of it.
CREATE TABLE masking.purses (
    name text COLLATE "C" PRIMARY KEY,
    spent int8 NOT NULL,
    keep_until int8 NOT NULL
);
CREATE INDEX purses_by_end ON masking.purses (keep_until);

CREATE TABLE masking.costs (
    purse text COLLATE "C" NOT NULL REFERENCES masking.purses (name) ON DELETE CASCADE,
    call_id text COLLATE "C" NOT NULL,
    cost int8 NOT NULL,
    PRIMARY KEY (purse, call_id)
);

-- A block as JSON, and the look-up keys that it is known by.
CREATE TABLE masking.blocks (
    block_id text COLLATE "C" PRIMARY KEY,
    record text NOT NULL
);

CREATE TABLE masking.block_lookups (
    lookup bytea PRIMARY KEY,
    block_id text COLLATE "C" NOT NULL REFERENCES masking.blocks (block_id) ON DELETE CASCADE
);
CREATE INDEX lookups_of_block ON masking.block_lookups (block_id);

-- Small, and updated with every call of a pool that has limits.
ALTER TABLE masking.counted_calls SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 1000
);
ALTER TABLE masking.purses SET (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 1000
);
