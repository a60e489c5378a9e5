"""Calls, in Redis."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from adapters.storage.redis.call_changes import forgetting
from adapters.storage.redis.call_index import (
    BEGINNING,
    END,
    EVERY,
    Standing,
    fields_of,
    heading,
    id_of_place,
    is_crowded,
    name_heading,
    pack_place,
    pack_time,
    places_in,
)
from adapters.storage.redis.call_packing import call_of, glance, unpack_call
from adapters.storage.redis.call_writing import RedisCallWriting
from adapters.storage.redis.commands import command
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id
from masking_core.call_counts import CallFigures, figures_of
from masking_core.call_records import CallQuery, CallRecord
from masking_core.instants import Instant
from masking_core.shards import SHARDS

_KNOWN_BY_ONE_NAME = 100
_LARGEST_PAGE = 1_000
_LEAST_SHARE = 16


class RedisCalls(RedisCallWriting):
    """``CallStore``."""

    _link: Link
    _names: Names

    def get_call(self, call_id: str) -> CallRecord | None:
        """See ``CallStore``."""
        raw = self._link.one(command("GET", self._names.call(call_id)))
        return None if raw is None else unpack_call(raw).call

    def find_calls(self, correlation_id: str) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        pages = self._pages_of([name_heading(correlation_id)], BEGINNING, END, _KNOWN_BY_ONE_NAME)
        return [call_of(seen) for seen in self._seen_at(list(islice(chain.from_iterable(pages), _KNOWN_BY_ONE_NAME)))]

    def list_calls(self, query: CallQuery) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        return [call_of(seen) for seen in islice(self._seen(query), query.limit)]

    def list_figures(self, query: CallQuery) -> Sequence[CallFigures]:
        """See ``CallStore``."""
        return [figures_of(seen) for seen in islice(self._seen(query), query.limit)]

    def _seen(self, query: CallQuery) -> Iterator[CallRecord]:
        """Every call that matches, glanced at, the latest first."""
        for page in self._call_pages(query):
            yield from (seen for seen in self._seen_at(page) if _matches(seen, query))

    def _call_pages(self, query: CallQuery) -> Iterator[Sequence[bytes]]:
        """The places of the calls that may match, the latest first."""
        ends = [] if query.end is None else [pack_time(query.end)]
        ends += [] if query.after is None else [pack_place(*query.after)]
        size = min(max(query.limit, 1), _LARGEST_PAGE)
        return self._pages_of(_narrowest(query), pack_time(query.begin), min(ends, default=END), size)

    def _pages_of(self, headings: Sequence[bytes], first: bytes, end: bytes, size: int) -> Iterator[Sequence[bytes]]:
        """The places under these headings from one place to before another, the latest first, ``size`` or less a page.

        Every shard is asked for twice its share of a page. One that has more bounds what is known for sure.
        """
        indexes = [(*self._names.calls(shard), each) for shard in range(SHARDS) for each in headings]
        share = max(2 * size // len(indexes), min(size, _LEAST_SHARE))
        asked = [command("HMGET", few, *fields_of(each)) for _, few, each in indexes if not is_crowded(each)]
        texts = chain.from_iterable(self._link.many(asked))
        of_few = {place for text in texts for place in places_in(text) if first <= place < end}
        while True:
            asked = [
                command("ZREVRANGEBYLEX", many, b"(" + each + end, b"[" + each + first, "LIMIT", 0, share)
                for many, _, each in indexes
            ]
            found = [
                [entry[len(each) :] for entry in entries]
                for (*_, each), entries in zip(indexes, self._link.many(asked), strict=True)
            ]
            known = max((places[-1] for places in found if len(places) == share), default=BEGINNING)
            places = of_few.union(*found)
            page = sorted((place for place in places if known <= place < end), reverse=True)[:size]
            if not page:
                return
            yield page
            end = page[-1]

    def _seen_at(self, places: Sequence[bytes]) -> list[CallRecord]:
        """The calls that stand there still, glanced at."""
        raws = self._link.many([command("GET", self._names.call(id_of_place(place))) for place in places])
        seen = [(place, glance(raw)) for place, raw in zip(places, raws, strict=True) if raw is not None]
        return [call for place, call in seen if pack_place(call.time, call.call_id) == place]

    def _forget_calls(self, now: Instant, limit: int) -> int:
        """Forget at most ``limit`` calls past their time; how many there were."""
        asked = [
            command("ZRANGEBYSCORE", self._names.shard(shard, b"x"), "-inf", now, "LIMIT", 0, limit)
            for shard in range(SHARDS)
        ]
        due = [each for found in self._link.many(asked) for each in found][:limit]
        raws = self._link.many(
            [command("GET", self._names.call(id_of_place(Standing.of_due(each).place))) for each in due]
        )
        known = [None if raw is None else unpack_call(raw) for raw in raws]
        replies = self._link.many(
            [
                forgetting(self._names, each, call)
                for each, call in zip(due, known, strict=True)
                if call is None or call.call.keep_until <= now
            ]
        )
        return replies.count(b"")

    def _forget_gone(self) -> None:
        """Forget the calls whose records have gone by themselves, as they do in the order in which they are due."""
        for shard in range(SHARDS):
            pages: list[list[bytes]] = []
            while found := self._gone_at(shard, len(pages) * _LARGEST_PAGE):
                pages.append(found)
            for gone in pages:
                self._link.many([forgetting(self._names, each, None) for each in gone])

    def _gone_at(self, shard: int, first: int) -> list[bytes]:
        """Those of a page of a shard's calls, in the order in which they are due, whose records have gone."""
        last = first + _LARGEST_PAGE - 1
        due = self._link.one(command("ZRANGE", self._names.shard(shard, b"x"), first, last))
        ids = [id_of_place(Standing.of_due(each).place) for each in due]
        there = self._link.many([command("EXISTS", self._names.call(each)) for each in ids])
        return [each for each, is_there in zip(due, there, strict=True) if not is_there]


def _narrowest(query: CallQuery) -> Sequence[bytes]:
    """The headings under which the fewest calls stand beside those asked for."""
    if query.lookups:
        return [heading(b"c", lookup) for lookup in query.lookups]
    if query.session_id:
        return [heading(b"s", pack_id(query.session_id))]
    if query.dialled:
        return [heading(b"n", query.dialled.encode())]
    if query.pool or query.in_no_pool:
        return [heading(b"p", query.pool.encode())]
    return [EVERY]


def _matches(call: CallRecord, query: CallQuery) -> bool:
    return (
        (call.pool == query.pool or not (query.pool or query.in_no_pool))
        and (not query.session_id or call.session_id == query.session_id)
        and (not query.dialled or call.dialled == query.dialled)
        and (not query.lookups or not call.lookups().isdisjoint(query.lookups))
    )
