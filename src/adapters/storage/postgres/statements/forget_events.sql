-- Forget the first events, up to one that is to be kept: what is left is the end of what there was, without a gap.
-- $1 latest time, $2 limit → how many
WITH first AS MATERIALIZED (
    SELECT horizon, position, time FROM masking.events
    WHERE horizon < pg_snapshot_xmin(pg_current_snapshot())::text::int8
    ORDER BY horizon, position
    LIMIT $2
), gone AS (
    DELETE FROM masking.events WHERE (horizon, position) IN (
        SELECT e.horizon, e.position
        FROM (
            SELECT horizon, position, bool_and(time <= $1) OVER (ORDER BY horizon, position) AS over FROM first
        ) AS f
        JOIN masking.events AS e ON e.horizon = f.horizon AND e.position = f.position
        WHERE f.over
        ORDER BY e.horizon, e.position
        FOR UPDATE OF e SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
