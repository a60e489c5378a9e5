-- Records that are sealed whole, and the lines of the audit, whose head is one of them.

CREATE TABLE sealed_records (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_lines (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;
