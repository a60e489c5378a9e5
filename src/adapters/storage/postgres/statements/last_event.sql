-- The last event whose time has come.
-- → horizon, position, time
SELECT horizon, position, time FROM masking.events
WHERE horizon < pg_snapshot_xmin(pg_current_snapshot())::text::int8
ORDER BY horizon DESC, position DESC
LIMIT 1
