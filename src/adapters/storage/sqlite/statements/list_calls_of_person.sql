-- Calls of one person from the latest on; of each look-up key as many as are asked for, for a call can be under several.
-- ?1 limit; {of_each} what list_calls_of_lookup.sql asks for each look-up key → record
SELECT record FROM ({of_each}) ORDER BY time DESC, call_id DESC LIMIT ?1
