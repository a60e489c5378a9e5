-- Forget all that was counted of these subjects.
-- $1 subjects
DELETE FROM masking.counted_calls WHERE subject = ANY ($1::text[])
