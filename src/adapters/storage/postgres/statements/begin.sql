-- Settle how a transaction waits: for locks no longer than its caller does, and for the client not for ever, so that
-- a frozen process keeps nobody out. No statement limit may end the wait for a synchronous replica, for Postgres
-- then calls the commit done. What is acknowledged is flushed, whatever the role's setting is; what need not be
-- durable at once is so with the next commit that must.
-- $1 milliseconds to wait for a lock, $2 milliseconds to wait for the client, $3 whether the commit must be durable,
-- $4 'shared' to keep the store's keys and its sets of virtual and blocked numbers as they are until the end, 'alone'
--    to wait for all who do so and keep new ones out, else ''
SELECT set_config('lock_timeout', $1::text, true),
       set_config('idle_in_transaction_session_timeout', $2::text, true),
       set_config('statement_timeout', '0', true),
       CASE WHEN NOT $3 THEN set_config('synchronous_commit', 'off', true)
            WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END,
       CASE $4::text WHEN 'shared' THEN pg_advisory_xact_lock_shared(1296126539, 1)
                     WHEN 'alone' THEN pg_advisory_xact_lock(1296126539, 1) END
