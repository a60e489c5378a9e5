-- Make the schema, which the role may do that owns the database.
CREATE SCHEMA masking
