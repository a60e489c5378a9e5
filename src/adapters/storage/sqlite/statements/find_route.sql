-- The pool that holds a dialled number, whether its caller is blocked, and a caller's routes on it.
-- ?1 dialled number; {callers} look-up keys of the caller
-- → pool: name, version, policy, create_time, update_time; whether the caller is blocked;
--   route: end_time, ended, side, session_id, callee_0, callee_1, proxy_0, proxy_1, call_settings (NULL without a
--   route)
SELECT p.name, p.version, p.policy, p.create_time, p.update_time,
       EXISTS (SELECT 1 FROM block_lookups AS b WHERE b.lookup IN ({callers})),
       r.end_time, s.closed OR NOT s.loading OR r.end_time < s.end_time, r.side, s.session_id, s.callee_0, s.callee_1, s.proxy_0, s.proxy_1, s.call_settings
FROM numbers AS n
JOIN pools AS p ON p.name = n.pool
LEFT JOIN routes AS r ON r.dialled = n.number AND r.caller IN ({callers})
LEFT JOIN sessions AS s ON s.id = r.session
WHERE n.number = ?1
