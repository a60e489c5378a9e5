-- Lines of the audit in their order.
-- ?1 number to begin after, ?2 limit → number, text as bytes, digest
SELECT number, CAST(text AS BLOB), digest FROM audit_lines WHERE number > ?1 ORDER BY number LIMIT ?2
