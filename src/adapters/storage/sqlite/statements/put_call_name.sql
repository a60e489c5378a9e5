-- Have a call found by a name that the provider knows it by.
-- ?1 name, ?2 call_id
INSERT INTO call_names (name, call) SELECT ?1, id FROM calls WHERE call_id = ?2
