"""Comparing two stores: whether both hold the same, and give the same answers. Neither is changed."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from masking_core.ports.moving import KINDS, Shelf
from masking_core.ports.store import Store
from masking_core.services.questions import SAMPLED, questions_of

BATCH: Final = 200
"""How many records are in hand at once."""

MOST_TOLD: Final = 50
"""How many differences are told one by one; all are counted."""

_MODULUS: Final = 2**256

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records a store holds of one kind, and a digest of them all, whatever their order."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not the same in both stores; ``name`` is a record's id, and never a real number."""

    kind: str
    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two stores compare.

    ``tallies`` tells by kind what the source and the target hold, ``asked`` how many questions both
    were asked by what they were about. ``differences`` are the first of the ``differing`` ones.
    """

    tallies: Mapping[str, tuple[Tally, Tally]]
    asked: Mapping[str, int]
    differing: int
    differences: tuple[Difference, ...]

    @property
    def alike(self) -> bool:
        """Whether nothing differs."""
        return not self.differing


class Comparing:
    """Compares all that two stores hold."""

    def __init__(self, source: Store, target: Store, progress: Progress, batch: int = BATCH) -> None:
        """Take the two stores, both migrated."""
        self._source = source
        self._target = target
        self._progress = progress
        self._batch = batch
        self._asked: Counter[str] = Counter()
        self._differing = 0
        self._differences: list[Difference] = []

    def run(self, *, keys: bool) -> Comparison:
        """Compare every record and every answer; with ``keys`` what the stores remember of those too."""
        if keys and self._source.get_keys() != self._target.get_keys():
            self._differ("keys", "", "are not the same")
        tallies = {kind: (self._compare_source(kind), self._compare_target(kind)) for kind in KINDS}
        return Comparison(tallies, dict(self._asked), self._differing, tuple(self._differences))

    def _compare_source(self, kind: str) -> Tally:
        """Look in the target for each record of the source, and ask both what it is there to answer."""
        source, target = self._source.shelves().of(kind), self._target.shelves().of(kind)
        tally = _Tallying()
        for page in self._pages(source, f"{kind} of the source"):
            tally.add(page.values())
            held = target.get(list(page))
            for name, record in page.items():
                if name not in held:
                    self._differ(kind, name, "is missing in the target")
                elif held[name] != record:
                    self._differ(kind, name, "is not the same in the target")
            self._ask(kind, page)
        return tally.total()

    def _compare_target(self, kind: str) -> Tally:
        """Look in the source for each record of the target."""
        source, target = self._source.shelves().of(kind), self._target.shelves().of(kind)
        tally = _Tallying()
        for page in self._pages(target, f"{kind} of the target"):
            tally.add(page.values())
            held = source.get(list(page))
            for name in page:
                if name not in held:
                    self._differ(kind, name, "is not in the source")
        return tally.total()

    def _ask(self, kind: str, page: Mapping[str, object]) -> None:
        records = islice(page.items(), SAMPLED.get(kind))
        questions = {question: name for name, record in records for question in questions_of(record)}
        for question, name in questions.items():
            self._asked[question.about] += 1
            if question.ask(self._source) != question.ask(self._target):
                self._differ(kind, name, f"{question.about} are answered otherwise by the target")

    def _pages(self, shelf: Shelf[Any], what: str) -> Iterator[Mapping[str, Any]]:
        after, done, total = "", 0, shelf.count()
        while page := shelf.page(after, self._batch):
            yield page
            *_, after = page
            done += len(page)
            self._progress(f"comparing {what}", done, max(done, total))

    def _differ(self, kind: str, name: str, problem: str) -> None:
        self._differing += 1
        if len(self._differences) < MOST_TOLD:
            self._differences.append(Difference(kind, name, problem))


class _Tallying:
    """Counts records, and sums their digests."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0

    def add(self, records: Collection[object]) -> None:
        self._count += len(records)
        for record in records:
            self._sum += int.from_bytes(hashlib.sha256(repr(record).encode()).digest(), "big")

    def total(self) -> Tally:
        return Tally(self._count, f"{self._sum % _MODULUS:064x}")
