-- Take one of the tries that a number and a call have left, both locked; a window that is over, or a lock, begins anew.
-- $1 number dialled, $2 call id, $3 what is tried, $4 now, $5 tries of a call, $6 tries of a number within
-- $7 its window, $8 for how long it is locked then, $9 for how long more all this is kept
-- → the verdict; no row if another has forgotten what was counted
WITH standing AS (
    SELECT n.dialled, c.call_id, n.locked_until > $4 AS locked, $3 = ANY (c.tried) AS known,
           cardinality(c.tried) AS tried, n.locked_until <> 0 OR n.since + $7 <= $4 AS anew, n.tries
    FROM masking.pin_numbers AS n CROSS JOIN masking.pin_calls AS c
    WHERE n.dialled = $1 AND c.call_id = $2
), judged AS (
    SELECT *, CASE WHEN locked THEN 'NUMBER_LOCKED'
                   WHEN known THEN CASE WHEN tried < $5 THEN 'GRANTED' ELSE 'LAST' END
                   WHEN tried >= $5 THEN 'CALL_SPENT'
                   WHEN tries >= $6 AND NOT anew THEN 'NUMBER_LOCKED'
                   WHEN tried + 1 < $5 THEN 'GRANTED' ELSE 'LAST' END AS verdict
    FROM standing
), on_number AS (
    UPDATE masking.pin_numbers AS n
    SET since = CASE WHEN j.anew THEN $4 ELSE n.since END,
        tries = CASE WHEN j.anew THEN 1 WHEN j.verdict = 'NUMBER_LOCKED' THEN n.tries ELSE n.tries + 1 END,
        locked_until = CASE WHEN j.verdict = 'NUMBER_LOCKED' THEN $4 + $8 ELSE 0 END,
        keep_until = $4 + $9 + greatest($7, $8)
    FROM judged AS j
    WHERE n.dialled = j.dialled AND NOT j.locked AND NOT j.known AND j.verdict <> 'CALL_SPENT'
), of_call AS (
    UPDATE masking.pin_calls AS c
    SET tried = c.tried || $3, keep_until = $4 + $9
    FROM judged AS j
    WHERE c.call_id = j.call_id AND NOT j.known AND j.verdict IN ('GRANTED', 'LAST')
)
SELECT verdict FROM judged
