-- Remember a migration.
-- $1 version, $2 name
INSERT INTO masking.versions (version, name) VALUES ($1, $2)
