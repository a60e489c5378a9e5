-- A call goes on no longer. All but sessions, whose calls are counted for good, remember it for a minute at most.
-- $1 call id, $2 now, $3 how long a minute is, $4 subjects
UPDATE masking.counted_calls
SET until = $2,
    keep_until = CASE WHEN subject LIKE 'session/%' THEN keep_until ELSE least(keep_until, greatest(begin + $3, $2)) END
WHERE call_id = $1 AND until > $2 AND subject = ANY ($4::text[])
