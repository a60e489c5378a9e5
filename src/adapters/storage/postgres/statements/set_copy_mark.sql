-- Replace the mark of a copy, unless it has changed.
-- $1, $2 copied_from and copy_finished as they must be, $3, $4 as they shall be → a row if it was replaced
UPDATE masking.store SET copied_from = $3, copy_finished = $4 WHERE copied_from = $1 AND copy_finished = $2
RETURNING 1
