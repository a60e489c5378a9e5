-- How many lines the audit has.
-- → the count
SELECT count(*) FROM masking.audit_lines
