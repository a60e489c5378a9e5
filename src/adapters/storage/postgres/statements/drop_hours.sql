-- Forget the versions of hours.
-- $1 pools, $2 the beginning of each hour
DELETE FROM masking.call_hours WHERE (pool, begin) IN (SELECT * FROM unnest($1::text[], $2::int8[]))
