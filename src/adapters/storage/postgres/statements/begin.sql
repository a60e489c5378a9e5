-- Settle how a transaction waits: for locks no longer than its caller does, and for the client not for ever, so that
-- a frozen process keeps nobody out. No statement limit may end the wait for a synchronous replica, for Postgres
-- then calls the commit done. What is acknowledged is flushed, whatever the role's setting is.
-- $1 milliseconds to wait for a lock, $2 milliseconds to wait for the client
SELECT set_config('lock_timeout', $1::text, true),
       set_config('idle_in_transaction_session_timeout', $2::text, true),
       set_config('statement_timeout', '0', true),
       CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END
