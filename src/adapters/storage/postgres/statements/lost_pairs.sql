-- Whether another session runs on a pair that a session has had in force.
-- $1 callers, $2 dialled numbers, $3 session row, $4 now → whether one does
SELECT EXISTS (
    SELECT 1 FROM unnest($1::bytea[], $2::text[]) AS w (caller, dialled)
    JOIN masking.routes AS r ON r.caller = w.caller AND r.dialled = w.dialled
    WHERE r.session <> $3 AND r.end_time > $4
)
