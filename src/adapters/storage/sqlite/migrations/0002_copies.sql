-- What tells this store from every other, and where what it holds was copied from.
CREATE TABLE store (
    store_id TEXT NOT NULL,
    -- '' in a store that is in use, or was never copied into.
    copied_from TEXT NOT NULL DEFAULT '',
    copy_finished INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO store (store_id) VALUES (lower(hex(randomblob(16))));
