-- Sessions by descending id.
-- ?1 id to begin after, ?2 limit, then what the conditions take; {where} the conditions asked for,
-- the last of which may name {callers}, the look-up keys of one real number → record
SELECT w.record FROM sessions AS s JOIN session_records AS w ON w.session = s.id
WHERE s.session_id < ?1 {where}
ORDER BY s.session_id DESC
LIMIT ?2
