-- Lock what is counted on a number and of a call, for the next statement to see it as it is.
-- $1 number dialled, $2 call id
SELECT 1 FROM masking.pin_numbers AS n CROSS JOIN masking.pin_calls AS c
WHERE n.dialled = $1 AND c.call_id = $2
FOR UPDATE
