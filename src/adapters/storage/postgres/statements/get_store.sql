-- What tells this store from every other, and where what it holds was copied from.
-- → store_id, copied_from, copy_finished
SELECT store_id, copied_from, copy_finished FROM masking.store
