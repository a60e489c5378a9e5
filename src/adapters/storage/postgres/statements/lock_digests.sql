-- Have a report's digests alone until the transaction's end: a body that comes twice at once is stored once.
-- $1 the digests' first eight bytes as numbers, in their order
SELECT pg_advisory_xact_lock(digest) FROM unnest($1::int8[]) AS digest
