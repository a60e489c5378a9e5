-- The same for several callers, each of whom has two look-up keys at most.
-- $1 dialled numbers, $2 look-up keys of the callers, $3 their other ones; NULL where there is none
-- → position of the caller, from 1, and the columns of find_route.sql; no row for a number that is not ours
SELECT asked.position, found.*
FROM unnest($1::text[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS asked (dialled, caller, other, position)
CROSS JOIN LATERAL ({find_route}) AS found
