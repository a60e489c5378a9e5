-- Lock numbers in their order, which every writer keeps to, so that no two wait for each other.
-- $1 numbers → number, pool
SELECT number, pool FROM masking.numbers WHERE number = ANY ($1::text[]) ORDER BY number FOR NO KEY UPDATE
