-- What was put together of the hours of a day. A day's version is what those of its hours come to, so it needs none.

CREATE TABLE call_days (
    pool TEXT NOT NULL,
    begin INTEGER NOT NULL,
    counted_version INTEGER NOT NULL,
    counts BLOB NOT NULL,
    PRIMARY KEY (pool, begin)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_days_by_time ON call_days (begin);
