-- Delete the rows of a table that have one of these ids.
-- {table} the table, {id} the column of its ids, {type} their type, $1 ids
DELETE FROM masking.{table} WHERE {id} = ANY ($1::{type}[])
