-- Put first the events that a dump brought from a server whose transactions were numbered higher: no transaction of
-- this one can have written them, and their time would never come.
UPDATE masking.events SET horizon = 1 WHERE horizon >= pg_snapshot_xmax(pg_current_snapshot())::text::int8
