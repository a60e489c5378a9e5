-- Store a pool as it is.
-- ?1 name, ?2 version, ?3 policy, ?4 create_time, ?5 update_time
INSERT INTO pools (name, version, policy, create_time, update_time) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (name) DO UPDATE SET version = ?2, policy = ?3, create_time = ?4, update_time = ?5
