-- Forget the store's keys, for others to take their place.
DELETE FROM masking.store_keys
