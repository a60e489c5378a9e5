-- Those of some calls that are known.
-- ?1 call_ids, as a JSON array → call_id, record
SELECT call_id, record FROM calls WHERE call_id IN (SELECT value FROM json_each(?1))
