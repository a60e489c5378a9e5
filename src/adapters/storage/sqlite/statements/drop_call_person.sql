-- Have a call no longer found by a look-up key.
-- ?1 person, ?2 call_id
DELETE FROM call_people WHERE person = ?1 AND call = (SELECT id FROM calls WHERE call_id = ?2)
