-- Whether a real number is a virtual number of ours.
-- {callers} its look-up keys → a row if so
SELECT 1 FROM virtual_lookups WHERE lookup IN ({callers})
