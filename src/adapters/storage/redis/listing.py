"""Lists of sessions, in Redis."""

from collections.abc import Iterator, Sequence

from adapters.storage.redis.commands import Command, command, reading_script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id
from adapters.storage.redis.route_packing import end_of_route
from adapters.storage.redis.transactions import Transactions
from masking_core.instants import Instant
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, SessionQuery
from masking_core.shards import SHARDS

_PAGE = 100
_LARGEST_PAGE = 1_000


class RedisListing:
    """The lists of ``SessionStore``."""

    _link: Link
    _names: Names
    _transactions: Transactions

    def list_sessions(self, query: SessionQuery, now: Instant) -> Sequence[Session]:
        """See ``SessionStore``."""
        found: list[Session] = []
        for page in self._pages(query):
            for session in self._transactions.sessions(page):
                if session is not None and _matches(session, query, now):
                    found.append(session)
                    if len(found) == query.limit:
                        return found
        return found

    def _pages(self, query: SessionQuery) -> Iterator[Sequence[bytes]]:
        """The ids of the sessions that may match, newest first."""
        if query.lookups:
            ids = sorted(self._sessions_of(query.lookups), reverse=True)
            after = [each for each in ids if not query.after or each < pack_id(query.after)]
            yield from (after[start : start + _PAGE] for start in range(0, len(after), _PAGE))
            return
        pools = [query.pool]
        if not (query.pool or query.reference):
            pools = [name.decode() for name in self._link.one(command("ZRANGE", self._names.only(b"pools"), 0, -1))]
        last, size = pack_id(query.after) if query.after else b"", min(max(query.limit, 1), _LARGEST_PAGE)
        while pools:
            asked = [self._of_reference(query.reference, last, size)] if query.reference else []
            asked = asked or [self._of_pool(pool, shard, last, size) for pool in pools for shard in range(SHARDS)]
            found = (each for ids in self._link.many(asked) for each in ids if not last or each < last)
            page = sorted(found, reverse=True)[:size]
            if not page:
                return
            yield page
            last = page[-1]

    def _of_reference(self, reference: str, last: bytes, size: int) -> Command:
        before = b"(" + last if last else b"+"
        return command("ZREVRANGEBYLEX", self._names.reference(reference), before, "-", "LIMIT", 0, size)

    def _of_pool(self, pool: str, shard: int, last: bytes, size: int) -> Command:
        return reading_script("shard/list", self._names.index(shard, pool), last, size)

    def _sessions_of(self, lookups: Sequence[LookupKey]) -> set[bytes]:
        """The sessions that one real number takes or took part in."""
        found = set()
        for fields in self._link.many([command("HGETALL", self._names.caller(lookup)) for lookup in lookups]):
            for field, value in zip(fields[::2], fields[1::2], strict=True):
                if field[:1].isdigit():
                    found.add(end_of_route(value)[0])
                elif field[:1] == b"@":
                    found.add(field[1:])
        return found


def _matches(session: Session, query: SessionQuery, now: Instant) -> bool:
    return (
        (not query.pool or session.pool == query.pool)
        and (not query.reference or session.reference == query.reference)
        and (query.state is None or session.state(now) is query.state)
    )
