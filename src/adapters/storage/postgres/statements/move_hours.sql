-- Store the versions of hours that are not there, each whole in one part.
-- $1 pools, $2 the beginning of each hour, $3 versions
INSERT INTO masking.call_hours (pool, begin, part, version)
SELECT w.pool, w.begin, 0, w.version FROM unnest($1::text[], $2::int8[], $3::int8[]) AS w (pool, begin, version)
