-- Calls, what was counted of them, events, and the tries of PINs.

CREATE TABLE masking.calls (
    call_id text COLLATE "C" PRIMARY KEY,
    -- When it began; a report that came before its callback can have put it later.
    time int8 NOT NULL,
    pool text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    dialled text COLLATE "C" NOT NULL,
    keep_until int8 NOT NULL,
    -- The whole call, as JSON.
    record text NOT NULL
);
-- One for each kind of list. Each holds what decides the order, so that a page is as many entries as it has calls.
-- That of all calls says so by a condition that holds for each: a list of a pool does not tell that to the planner,
-- which would else walk over everybody's calls to those of a pool that has been quiet for long.
CREATE INDEX calls_by_time ON masking.calls (time, call_id) WHERE call_id <> '';
CREATE INDEX calls_of_pool ON masking.calls (pool, time, call_id);
CREATE INDEX calls_of_session ON masking.calls (session_id, time, call_id) WHERE session_id <> '';
CREATE INDEX calls_of_number ON masking.calls (dialled, time, call_id);
CREATE INDEX calls_by_end ON masking.calls (keep_until);

-- Whose calls they are: a row for each look-up key of caller and callee. It holds the call's time, for a call centre
-- takes part in as many calls as there are, and its pages are walked like any other list's.
CREATE TABLE masking.call_people (
    person bytea NOT NULL,
    time int8 NOT NULL,
    call_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (person, time, call_id)
);

-- By which names the provider knows them. Bytes, for it may choose what no text can hold.
CREATE TABLE masking.call_names (
    name bytea NOT NULL,
    time int8 NOT NULL,
    call_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (name, time, call_id)
);

-- How often the calls that began in an hour have changed. Whoever records a call of the present hour counts here
-- until its commit is flushed: in one of several parts, by the server process, so that few wait for each other.
-- What they come to together is the hour's version.
CREATE TABLE masking.call_hours (
    pool text COLLATE "C" NOT NULL,
    begin int8 NOT NULL,
    part int2 NOT NULL,
    version int8 NOT NULL,
    PRIMARY KEY (pool, begin, part)
);
CREATE INDEX call_hours_by_time ON masking.call_hours (begin);

-- What was counted of them. Apart, for it is large and seldom written.
CREATE TABLE masking.call_counts (
    pool text COLLATE "C" NOT NULL,
    begin int8 NOT NULL,
    counted_version int8 NOT NULL,
    counts bytea NOT NULL,
    PRIMARY KEY (pool, begin)
);
CREATE INDEX call_counts_by_time ON masking.call_counts (begin);

-- Events in the order they are read in, which events.py explains: no event is read before all transactions up to
-- "horizon" have ended, and of those of one horizon the first written comes first.
CREATE TABLE masking.events (
    horizon int8 NOT NULL,
    position int8 NOT NULL GENERATED ALWAYS AS IDENTITY,
    time int8 NOT NULL,
    event text NOT NULL,
    PRIMARY KEY (horizon, position)
);

-- What was tried on dialled numbers, and by calls. It may be forgotten from keep_until on.
CREATE TABLE masking.pin_numbers (
    dialled text COLLATE "C" PRIMARY KEY,
    since int8 NOT NULL,
    tries int8 NOT NULL DEFAULT 0,
    -- 0 unless it is locked, or was until then.
    locked_until int8 NOT NULL DEFAULT 0,
    keep_until int8 NOT NULL
);
CREATE INDEX pin_numbers_by_end ON masking.pin_numbers (keep_until);

CREATE TABLE masking.pin_calls (
    call_id text COLLATE "C" PRIMARY KEY,
    tried bytea[] NOT NULL DEFAULT '{}',
    keep_until int8 NOT NULL
);
CREATE INDEX pin_calls_by_end ON masking.pin_calls (keep_until);

-- A report goes with its session. One that outlives its retention because its session is still remembered is put off:
-- it is looked at again when as much time has passed once more, and not by every sweeping.
ALTER TABLE masking.reports
    -- When its session was last found to be remembered; 0 until that was asked.
    ADD COLUMN held_time int8 NOT NULL DEFAULT 0;
DROP INDEX masking.reports_by_time;
CREATE INDEX reports_to_look_at ON masking.reports (greatest(receive_time, held_time));

-- Autovacuum of the hot tables.
--
-- calls: a row is inserted with its callback and updated once, by its report, which changes no index: the room left
-- on each page is for that version. Vacuuming after a fiftieth keeps what retention removes from the pages of lists.
ALTER TABLE masking.calls SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE masking.call_people SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
ALTER TABLE masking.call_names SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
-- call_hours: the parts of the present hour are updated with every commit and no others are. Half of each page is
-- left to their versions, which are pruned there, and it is vacuumed at a fixed small count, without pausing.
ALTER TABLE masking.call_hours SET (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);
-- events: written at one end and forgotten at the other, where whoever reads from the oldest begins: dead entries
-- there are walked over by each of them.
ALTER TABLE masking.events SET (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
-- pin_numbers, pin_calls: small, and under an attack updated with every try.
ALTER TABLE masking.pin_numbers SET (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 1000
);
ALTER TABLE masking.pin_calls SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 1000
);
