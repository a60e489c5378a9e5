-- What was put together of the hours of a day. A day's version is what those of its hours come to, so it needs none.

CREATE TABLE masking.call_days (
    pool text COLLATE "C" NOT NULL,
    begin int8 NOT NULL,
    counted_version int8 NOT NULL,
    counts bytea NOT NULL,
    PRIMARY KEY (pool, begin)
);
CREATE INDEX call_days_by_time ON masking.call_days (begin);
