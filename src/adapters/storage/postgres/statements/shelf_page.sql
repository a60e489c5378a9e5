-- The rows of a table by their ids.
-- {table} the table, {columns} what is read of it, {id} the column of its ids, $1 id to begin after, $2 limit
SELECT {columns} FROM masking.{table} WHERE {id} > $1 ORDER BY {id} LIMIT $2
