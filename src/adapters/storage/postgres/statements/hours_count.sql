-- How many hours calls began in.
-- → how many
SELECT count(*) FROM (SELECT DISTINCT pool, begin FROM masking.call_hours) AS h
