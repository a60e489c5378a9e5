-- Have a stored call found by a look-up key of somebody who took part.
-- ?1 person, ?2 call_id
INSERT INTO call_people (person, time, call) SELECT ?1, time, id FROM calls WHERE call_id = ?2
