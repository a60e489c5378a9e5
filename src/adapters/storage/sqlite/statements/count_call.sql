-- Count a call on a meter, once; one that is there still and may be forgotten begins anew.
-- ?1 subject, ?2 call id, ?3 begin, ?4 until, ?5 keep_until
INSERT INTO counted_calls (subject, call_id, begin, until, keep_until) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (subject, call_id) DO UPDATE SET begin = ?3, until = ?4, keep_until = ?5
WHERE keep_until <= ?3
