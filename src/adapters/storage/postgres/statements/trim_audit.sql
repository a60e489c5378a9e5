-- Forget the first lines of the audit.
-- $1 the number of the first that stays
DELETE FROM masking.audit_lines WHERE number < $1
