-- Write events, in the transaction of the change that they tell of and behind its locks; events.py says why.
-- $1 times, $2 events, in their order
INSERT INTO masking.events (horizon, time, event)
SELECT greatest(pg_current_xact_id()::text::int8, pg_snapshot_xmax(pg_current_snapshot())::text::int8 - 1),
       w.time, w.event
FROM unnest($1::int8[], $2::text[]) WITH ORDINALITY AS w (time, event, number)
ORDER BY w.number
