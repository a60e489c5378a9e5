-- Make the table that remembers the migrations.
CREATE TABLE masking.versions (
    version int8 PRIMARY KEY,
    name text NOT NULL,
    apply_time timestamptz NOT NULL DEFAULT now()
)
