-- Whether the schema, and in it the table of its versions, are there.
SELECT to_regnamespace('masking') IS NOT NULL, to_regclass('masking.versions') IS NOT NULL
