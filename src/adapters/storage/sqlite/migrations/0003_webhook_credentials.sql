-- The provider's webhook credentials, and when each was last seen. Times are as in the migration before.

CREATE TABLE webhook_credentials (
    -- One row, or none yet.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE webhooks_seen (
    kind TEXT NOT NULL,
    api_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (kind, api_id)
) STRICT, WITHOUT ROWID;
