-- What the adding of numbers must know; behind the fence.
-- $1 pool, $2 numbers, $3 their look-up keys, $4 now
-- → key_ids, whether the pool is there, which numbers are in a pool, in which, which look-up keys are active callers'
SELECT ARRAY(SELECT key_id FROM masking.store_keys),
       EXISTS (SELECT 1 FROM masking.pools WHERE name = $1),
       ARRAY(SELECT number FROM masking.numbers WHERE number = ANY ($2::text[]) ORDER BY number),
       ARRAY(SELECT pool FROM masking.numbers WHERE number = ANY ($2::text[]) ORDER BY number),
       ARRAY(SELECT DISTINCT caller FROM masking.routes WHERE caller = ANY ($3::bytea[]) AND end_time > $4)
