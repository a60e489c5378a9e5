-- Forget lines of the audit.
-- $1 numbers
DELETE FROM masking.audit_lines WHERE number = ANY($1::int8[])
