-- Write something, and be it nothing, so that the commit is waited for like any other, and with it all that was
-- committed before: what no replica has confirmed can be seen too once the server that stored it has been restarted.
SELECT pg_logical_emit_message(true, 'masking', '')
