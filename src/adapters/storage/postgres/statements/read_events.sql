-- Events whose time has come, after the one last read; from the oldest if that one is there no more.
-- $1 horizon, $2 position, $3 time of the one last read, $4 limit → horizon, position, time, event
SELECT e.horizon, e.position, e.time, e.event
FROM masking.events AS e
WHERE (e.horizon, e.position) > (
          CASE WHEN EXISTS (
              SELECT 1 FROM masking.events AS last
              WHERE last.horizon = $1 AND last.position = $2 AND last.time = $3
          ) THEN $1 ELSE 0 END,
          $2
      )
      AND e.horizon < pg_snapshot_xmin(pg_current_snapshot())::text::int8
ORDER BY e.horizon, e.position
LIMIT $4
