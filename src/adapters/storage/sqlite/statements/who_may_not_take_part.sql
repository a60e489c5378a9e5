-- Which of the participants' look-up keys are those of a virtual number of ours, or of a blocked number.
-- {callers} look-up keys → the key, whether it is a blocked number's
SELECT lookup, 0 FROM virtual_lookups WHERE lookup IN ({callers})
UNION ALL
SELECT lookup, 1 FROM block_lookups WHERE lookup IN ({callers})
