"""Recording calls, in Redis."""

import random
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from adapters.storage.redis.call_changes import recording, replacing
from adapters.storage.redis.call_packing import StoredCall, unpack_call
from adapters.storage.redis.commands import Command, command
from adapters.storage.redis.connections import longest_wait
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.new_calls import AT_ONCE, looks_new, putting
from masking_core.call_fragments import gathered
from masking_core.call_merging import merged
from masking_core.call_records import CallRecord
from masking_core.errors import KeysChanged, StoreUnavailable
from masking_core.shards import shard_of

_PATIENCE = 10.0
_PAUSE = 0.002
_LONGEST_PAUSE = 0.05
_FAR = 0.003
"""Seconds that a server which is near, or not busy, takes for some calls at most."""
_OTHER_KEYS = b"KEYS"
_CHANGED = "the store's keys were changed meanwhile"


class RedisCallWriting:
    """The writing part of ``CallStore``."""

    _link: Link
    _names: Names
    _keys_then: dict[int, bytes]

    def record_calls(self, fragments: Sequence[CallRecord], key_ids: Sequence[str]) -> None:
        """See ``CallStore``. Calls are put unseen if it looks as if nobody knew them, and the others merged."""
        told = self._put_new_calls(gathered(fragments), key_ids)
        end, pause = time.monotonic() + longest_wait(_PATIENCE), _PAUSE
        while told and (told := self._try_to_record(told, key_ids)):
            if time.monotonic() > end:
                raise StoreUnavailable("others change the same calls all the time")
            time.sleep(random.uniform(0, pause))  # noqa: S311 # only keeps two from colliding again
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _put_new_calls(self, told: dict[str, CallRecord], key_ids: Sequence[str]) -> dict[str, CallRecord]:
        """Put those of the calls that nobody knows; the others, and those of shards that ask for other keys."""
        by_shard: defaultdict[int, list[CallRecord]] = defaultdict(list)
        for call in told.values():
            if looks_new(call):
                by_shard[shard_of(call.call_id.encode())].append(call)
        keys = self._keys_seen(by_shard, key_ids)
        portions = [
            (shard, calls[first : first + AT_ONCE])
            for shard, calls in by_shard.items()
            if keys
            for first in range(0, len(calls), AT_ONCE)
        ]
        replies = self._in_turn([putting(self._names, shard, keys[shard], calls) for shard, calls in portions])
        if _OTHER_KEYS in replies:
            self._keys_then = {}
        for (_, calls), known in zip(portions, replies, strict=True):
            for position, call in enumerate(calls, start=1):
                if known != _OTHER_KEYS and position not in known:
                    del told[call.call_id]
        return told

    def _in_turn(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to commands that are sent one by one, so that callbacks are answered in between.

        A server that is far away would be waited for with each: what is left goes to it at once.
        """
        replies: list[Any] = []
        for position, each in enumerate(commands, start=1):
            began = time.monotonic()
            replies.append(self._link.one(each))
            if time.monotonic() - began > _FAR:
                return replies + self._link.many(commands[position:])
        return replies

    def _try_to_record(self, told: dict[str, CallRecord], key_ids: Sequence[str]) -> dict[str, CallRecord]:
        """Record what is told of these calls; what is left of it, where others were faster."""
        keys, stored = self._keys_and_calls(list(told), key_ids)
        changes = {}
        for call_id, fragment in told.items():
            known = stored[call_id]
            now = fragment if known is None else merged(known.call, fragment)
            if known is None or now != known.call:
                changes[call_id] = recording(self._names, keys[shard_of(call_id.encode())], known, now)
        for shard in {shard_of(call_id.encode()) for call_id in told if call_id not in changes}:
            self._link.confirm(self._names.shard(shard, b"k"))
        replies = self._link.many(list(changes.values()))
        if _OTHER_KEYS in replies:
            raise KeysChanged(_CHANGED)
        return {call_id: told[call_id] for call_id, refused in zip(changes, replies, strict=True) if refused}

    def _keys_seen(self, shards: Collection[int], key_ids: Sequence[str]) -> dict[int, bytes]:
        """The keys that writers of these shards had to have when that was last read; nothing where others must be read.

        What has changed since, the scripts find out.
        """
        unseen = [shard for shard in shards if shard not in self._keys_then]
        found = self._link.many([command("GET", self._names.shard(shard, b"k")) for shard in unseen])
        seen = self._keys_then = self._keys_then | {shard: raw or b"" for shard, raw in zip(unseen, found, strict=True)}
        try:
            for raw in {seen[shard] for shard in shards}:
                check_writer(raw, key_ids)
        except KeysChanged:
            self._keys_then = {}
            return {}
        return seen

    def _keys_and_calls(
        self, call_ids: Sequence[str], key_ids: Sequence[str]
    ) -> tuple[dict[int, bytes], dict[str, StoredCall | None]]:
        """The keys that writers of the calls' shards must have, and the calls. Raises KeysChanged."""
        shards = sorted({shard_of(call_id.encode()) for call_id in call_ids})
        found = self._link.many(
            [
                *(command("GET", self._names.shard(shard, b"k")) for shard in shards),
                *(command("GET", self._names.call(call_id)) for call_id in call_ids),
            ]
        )
        keys = {shard: check_writer(raw, key_ids) for shard, raw in zip(shards, found, strict=False)}
        return keys, {
            call_id: None if raw is None else unpack_call(raw)
            for call_id, raw in zip(call_ids, found[len(shards) :], strict=True)
        }

    def replace_call(self, known: CallRecord, changed: CallRecord, key_ids: Sequence[str]) -> bool:
        """See ``CallStore``."""
        keys, stored = self._keys_and_calls([known.call_id], key_ids)
        found = stored[known.call_id]
        if found is None or found.call != known:
            return False
        refused: bytes = self._link.one(replacing(self._names, keys[shard_of(known.call_id.encode())], found, changed))
        if refused == _OTHER_KEYS:
            raise KeysChanged(_CHANGED)
        return not refused
