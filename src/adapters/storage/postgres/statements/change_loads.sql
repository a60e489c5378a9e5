-- Count participants on and off the numbers they dial, locked in their order, which every writer keeps to.
-- One that a session newly takes must still be available, and idle where the session reserves it.
-- (The planner must not see how many they are, or it plans anew each time; see find_routes.sql.)
-- $1 numbers, $2 what is added to the load of each, $3 which are newly taken, $4 who reserves each, or '', $5 now
WITH locked AS MATERIALIZED (
    SELECT number FROM masking.numbers
    WHERE number = ANY ((SELECT $1::text[])::text[])
    ORDER BY number
    FOR NO KEY UPDATE
), changed AS (
    UPDATE masking.numbers AS n
    SET load = n.load + w.added, reserved_by = w.reserved_by, touched = $5
    FROM locked
    JOIN unnest((SELECT $1::text[]), (SELECT $2::int8[]), (SELECT $3::bool[]), (SELECT $4::text[]))
         AS w (number, added, taken, reserved_by) ON w.number = locked.number
    WHERE n.number = locked.number
          AND (NOT w.taken OR (n.state = 'IN_SERVICE' AND n.voice AND n.reserved_by = ''
                               AND (w.reserved_by = '' OR n.load = 0)))
    RETURNING 1
)
SELECT masking.all_or_repeat(count(*), cardinality($1::text[])) FROM changed
