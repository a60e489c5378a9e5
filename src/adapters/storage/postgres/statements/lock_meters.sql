-- Count on these subjects alone until the transaction's end; the next statement sees all that was counted before.
-- $1 subjects, each in the order in which all lock them
SELECT pg_advisory_xact_lock(hashtextextended(subject, 0)) FROM unnest($1::text[]) AS subject
