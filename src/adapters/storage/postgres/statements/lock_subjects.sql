-- Have these subjects alone until the transaction's end; the next statement sees all that was done to them before.
-- $1 subjects, in the order in which all lock them
SELECT pg_advisory_xact_lock(hashtextextended(subject, 0)) FROM unnest($1::text[]) AS subject
