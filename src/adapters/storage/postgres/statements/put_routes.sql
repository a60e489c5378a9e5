-- Give (caller, dialled number) pairs to a session, except where another one runs or ends later on a pair, and
-- remember that the callers take part in it. The pairs stand in their order, which every writer keeps to.
-- Those in force end with the session, and those that its participants gave up before it does, though it may be
-- after now by a clock that lags: their pairs may be another session's.
-- $1 callers, $2 dialled numbers, $3 sides, $4 end times, $5 session row, $6 now, $7 when the session ends,
-- $8 how many in force must be given
WITH remembered AS (
    INSERT INTO masking.callers (caller, session) SELECT DISTINCT unnest($1::bytea[]), $5 ON CONFLICT DO NOTHING
), given AS (
    INSERT INTO masking.routes AS r (caller, dialled, session, side, end_time)
    SELECT w.caller, w.dialled, $5, w.side, w.end_time
    FROM unnest($1::bytea[], $2::text[], $3::int2[], $4::int8[]) AS w (caller, dialled, side, end_time)
    ON CONFLICT (caller, dialled) DO UPDATE
    SET session = excluded.session, side = excluded.side, end_time = excluded.end_time
    WHERE r.session = excluded.session OR r.end_time <= least(excluded.end_time, $6)
    RETURNING r.end_time
)
SELECT masking.all_or_repeat(count(*) FILTER (WHERE end_time > $6 AND end_time = $7), $8) FROM given
