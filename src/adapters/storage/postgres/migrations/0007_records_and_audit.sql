-- Records that are sealed whole, and the lines of the audit, whose head is one of them.

CREATE TABLE masking.sealed_records (
    name text COLLATE "C" PRIMARY KEY,
    sealed bytea NOT NULL
);

CREATE TABLE masking.audit_lines (
    number int8 PRIMARY KEY,
    text text COLLATE "C" NOT NULL,
    digest bytea NOT NULL
);
