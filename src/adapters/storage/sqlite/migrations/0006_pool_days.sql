-- How full each pool was, day by day, and what was told of it. Times are as in the migrations before.

CREATE TABLE pool_days (
    pool TEXT NOT NULL,
    begin INTEGER NOT NULL,
    -- The most numbers that any one participant held.
    held INTEGER NOT NULL,
    -- The shortages that were told, a bit for each.
    told INTEGER NOT NULL,
    PRIMARY KEY (pool, begin)
) STRICT, WITHOUT ROWID;
