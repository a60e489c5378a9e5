-- Remove what was deleted from the pages of tables and indexes that hold look-up keys or sealed numbers, few as they are.
VACUUM (INDEX_CLEANUP ON) masking.sessions, masking.session_records, masking.routes, masking.callers, masking.reports,
    masking.calls, masking.call_people, masking.blocks, masking.block_lookups, masking.counted_calls, masking.pin_calls,
    masking.sealed_records, masking.webhook_credentials
