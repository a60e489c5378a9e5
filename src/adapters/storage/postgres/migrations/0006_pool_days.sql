-- How full each pool was, day by day, and what was told of it. Times are as in the migrations before.

CREATE TABLE masking.pool_days (
    pool text COLLATE "C" NOT NULL,
    begin int8 NOT NULL,
    -- The most numbers that any one participant held.
    held int8 NOT NULL,
    -- The shortages that were told, a bit for each.
    told int8 NOT NULL,
    PRIMARY KEY (pool, begin)
);
