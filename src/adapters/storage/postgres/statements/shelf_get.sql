-- The rows of a table that have one of these ids.
-- {table} the table, {columns} what is read of it, {id} the column of its ids, {type} their type, $1 ids
SELECT {columns} FROM masking.{table} WHERE {id} = ANY ($1::{type}[])
