-- The provider's webhook credentials, and when each was last seen. Times are as in the migration before.

CREATE TABLE masking.webhook_credentials (
    -- One row, or none yet.
    id int4 PRIMARY KEY CHECK (id = 1),
    sealed bytea NOT NULL
);

CREATE TABLE masking.webhooks_seen (
    kind text COLLATE "C" NOT NULL,
    api_id text COLLATE "C" NOT NULL,
    time int8 NOT NULL,
    PRIMARY KEY (kind, api_id)
);
