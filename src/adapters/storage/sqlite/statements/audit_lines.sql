-- Lines of the audit in their order.
-- ?1 number to begin after, ?2 limit → number, text, digest
SELECT number, text, digest FROM audit_lines WHERE number > ?1 ORDER BY number LIMIT ?2
