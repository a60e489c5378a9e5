-- Count a call on each of its meters, which are locked, or on none where one is full.
-- $1 subjects, $2 calls per minute, $3 calls at once, $4 calls in all, each 0 for no limit, $5 keep_until;
-- $6 call id, $7 begin, $8 a minute ago, $9 until, $10 name and $11 budget of the purse, 0 for none, $12 whether to count
-- → the position of the first full meter, 0 for the purse; NULL when none is full
WITH meters AS (
    SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[]) WITH ORDINALITY
        AS m (subject, per_minute, concurrent, in_all, keep_until, position)
), readings AS (
    SELECT m.*, r.*
    FROM meters AS m
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE c.begin > $8) AS recent, count(*) FILTER (WHERE c.until > $7) AS live,
               count(*) AS calls, coalesce(bool_or(c.call_id = $6), false) AS known
        FROM masking.counted_calls AS c
        WHERE c.subject = m.subject AND c.keep_until > $7
    ) AS r
), judged AS (
    SELECT CASE
        WHEN (SELECT bool_and(known) FROM readings) THEN NULL
        WHEN $11::int8 > 0 AND (SELECT spent FROM masking.purses WHERE name = $10) >= $11::int8 THEN 0
        ELSE (
            SELECT min(position) FROM readings
            WHERE NOT known AND (per_minute > 0 AND recent >= per_minute OR concurrent > 0 AND live >= concurrent
                                 OR in_all > 0 AND calls >= in_all)
        )
    END AS full_one
), counted AS (
    INSERT INTO masking.counted_calls AS c (subject, call_id, begin, until, keep_until)
    SELECT r.subject, $6, $7, $9, r.keep_until FROM readings AS r, judged AS j
    WHERE $12 AND j.full_one IS NULL AND NOT r.known
    ON CONFLICT (subject, call_id) DO UPDATE
    SET begin = excluded.begin, until = excluded.until, keep_until = excluded.keep_until
)
SELECT full_one FROM judged
