-- The pool that holds a dialled number, whether its caller is blocked, and a caller's latest route on it.
-- {dialled} dialled number, {callers} look-up keys of the caller, parameters or columns
-- → pool: name, version, policy, create_time, update_time; whether the caller is blocked;
--   route: end_time, ended, side, session_id, callee_0, callee_1, proxy_0, proxy_1, call_settings (NULL without a
--   route), whether its fixed caller ID is a virtual number
SELECT p.name, p.version, p.policy, p.create_time, p.update_time,
       EXISTS (SELECT 1 FROM masking.block_lookups AS b WHERE b.lookup = ANY ({callers})),
       r.end_time, s.closed OR NOT s.loading OR r.end_time < s.end_time, r.side, s.session_id, s.callee_0, s.callee_1, s.proxy_0, s.proxy_1, s.call_settings,
       s.call_settings IS NOT NULL
           AND EXISTS (SELECT FROM masking.numbers AS f WHERE f.number = s.call_settings::json ->> 'fixed_caller_id')
FROM masking.numbers AS n
JOIN masking.pools AS p ON p.name = n.pool
LEFT JOIN masking.routes AS r ON r.dialled = n.number AND r.caller = ANY ({callers})
LEFT JOIN masking.sessions AS s ON s.id = r.session
WHERE n.number = {dialled}
ORDER BY r.end_time DESC NULLS LAST
LIMIT 1
