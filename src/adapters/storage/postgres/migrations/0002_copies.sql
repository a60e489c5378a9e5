-- What tells this store from every other, and where what it holds was copied from.
CREATE TABLE masking.store (
    store_id text NOT NULL,
    -- '' in a store that is in use, or was never copied into.
    copied_from text NOT NULL DEFAULT '',
    copy_finished bool NOT NULL DEFAULT false
);
INSERT INTO masking.store (store_id) VALUES (gen_random_uuid()::text);
