-- Have a purse, which is locked, count a call with this cost.
-- $1 purse, $2 call id, $3 cost, $4 keep_until
WITH known AS (
    SELECT coalesce(sum(cost), 0)::int8 AS cost FROM masking.costs WHERE purse = $1 AND call_id = $2
), filled AS (
    INSERT INTO masking.purses AS p (name, spent, keep_until) SELECT $1, $3 - k.cost, $4 FROM known AS k
    ON CONFLICT (name) DO UPDATE SET spent = p.spent + excluded.spent, keep_until = excluded.keep_until
    RETURNING name
)
INSERT INTO masking.costs (purse, call_id, cost) SELECT name, $2, $3 FROM filled
ON CONFLICT (purse, call_id) DO UPDATE SET cost = excluded.cost
