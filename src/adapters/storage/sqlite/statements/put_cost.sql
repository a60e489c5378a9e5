-- What a call has cost of a purse.
-- ?1 purse, ?2 call id, ?3 cost
INSERT INTO costs (purse, call_id, cost) VALUES (?1, ?2, ?3) ON CONFLICT (purse, call_id) DO UPDATE SET cost = ?3
