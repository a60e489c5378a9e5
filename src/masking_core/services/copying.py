"""Copying all that one store holds into another: page by page, so that it can be interrupted and begun again.

The source is only read. The target is a new store, or holds an earlier copy of the same source that nobody has
used since; a mark in it says so, and as long as that copy is unfinished or unproven, the target has no keys and
takes no writer. Records are brought as they are, and compared first: a second run writes what has changed since
the first, and removes what the source does not hold any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from masking_core.errors import Conflict, CopyRefused
from masking_core.instants import Clock
from masking_core.moving import CopyMark
from masking_core.ports.moving import KINDS
from masking_core.ports.store import Store
from masking_core.services.comparison import BATCH, Comparing, Comparison, Progress


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did: how many records of each kind it wrote and removed, and how the stores compare now."""

    written: Mapping[str, int]
    removed: Mapping[str, int]
    comparison: Comparison


class Copying:
    """Copies one store into another."""

    def __init__(
        self,
        source: Store,
        target: Store,
        clock: Clock,
        progress: Progress,
        batch: int = BATCH,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the two stores, both migrated; ``begun`` is called once it is sure that there will be a copy."""
        self._source = source
        self._target = target
        self._clock = clock
        self._progress = progress
        self._batch = batch
        self._begun = begun
        self._from, self._into = source.shelves(), target.shelves()

    def run(self) -> Copied:
        """Copy, compare, and release the target for use if it answers alike. Raises CopyRefused."""
        unfinished = self._begin()
        self._begun()
        removed = {kind: self._remove_outdated(kind) for kind in reversed(KINDS)}
        written = {kind: self._write(kind) for kind in KINDS}
        comparison = Comparing(self._source, self._target, self._progress, self._batch).run(keys=False)
        if comparison.alike:
            self._target.set_keys((), self._source.get_keys())
            self._target.set_copy_mark(unfinished, CopyMark(unfinished.source, finished=True))
        return Copied(written, removed, comparison)

    def _begin(self) -> CopyMark:
        """Mark the target as being copied into, and take its keys, without which nobody writes to it."""
        source = self._source.store_id()
        if self._target.store_id() == source:
            raise CopyRefused("source and target are the same store")
        mark = self._source.copy_mark()
        if mark is not None and not mark.finished:
            raise CopyRefused("the source holds an unfinished copy itself")
        known = self._target.copy_mark()
        if known is None:
            self._require_empty()
        elif known.source != source:
            raise CopyRefused("the target holds a copy of another store; copy into an empty one")
        unfinished = CopyMark(source, finished=False)
        try:
            self._target.set_copy_mark(known, unfinished)
        except Conflict as error:
            raise CopyRefused("the target has just been taken into use") from error
        self._target.set_keys(self._target.get_keys(), ())
        return unfinished

    def _require_empty(self) -> None:
        counts = {kind: self._into.of(kind).count() for kind in KINDS}
        found = [f"{count} {kind}" for kind, count in counts.items() if count]
        if self._target.get_keys():
            found.append("the keys of servers that use it")
        if found:
            raise CopyRefused(f"the target is not empty: it holds {', '.join(found)}; copy into an empty store")

    def _remove_outdated(self, kind: str) -> int:
        """Remove what the source does not hold, and return how many records that were."""
        source, target = self._from.of(kind), self._into.of(kind)
        after, done, removed, total = "", 0, 0, target.count()
        while page := target.page(after, self._batch):
            held = source.get(list(page))
            outdated = [each for each in page if each not in held]
            target.remove(outdated)
            removed += len(outdated)
            *_, after = page
            done += len(page)
            self._progress(f"outdated {kind}", done, max(done, total))
        return removed

    def _write(self, kind: str) -> int:
        """Write what the target does not hold as it is in the source, and return how many records that were."""
        source, target = self._from.of(kind), self._into.of(kind)
        after, done, written, total = "", 0, 0, source.count()
        while page := source.page(after, self._batch):
            held = target.get(list(page))
            changed = [record for each, record in page.items() if held.get(each) != record]
            target.put(changed, self._clock())
            written += len(changed)
            *_, after = page
            done += len(page)
            self._progress(kind, done, max(done, total))
        return written
