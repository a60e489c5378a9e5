-- The same for several callers, each of whom has two look-up keys at most. (The planner must not see how long the
-- arrays are: it would plan anew each time, for twice as long as it looks up.)
-- $1 dialled numbers, $2 look-up keys of the callers, $3 their other ones; NULL where there is none
-- → position of the caller, from 1, and the columns of find_route.sql; no row for a number that is not ours
SELECT asked.position, found.*
FROM unnest((SELECT $1::text[]), (SELECT $2::bytea[]), (SELECT $3::bytea[])) WITH ORDINALITY AS asked (dialled, caller, other, position)
CROSS JOIN LATERAL ({find_route}) AS found
