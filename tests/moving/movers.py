"""Copies of stores for tests, in batches so small that everything takes several pages."""

from collections.abc import Callable
from pathlib import Path

from adapters.storage.registry import open_store
from masking_core.instants import Instant
from masking_core.ports.store import Store
from masking_core.services.copying import Copied, Copying
from support.stores import SHARED, URLS
from support.world import START

BATCH = 3


class Killed(Exception):
    """Stands for a copy that died."""


class Place:
    """A store, which can be opened anew where that makes sense."""

    def __init__(self, backend: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.backend = backend
        self.url = URLS[backend](folder)
        self.store = open_store(self.url)
        self.store.migrate()

    def reopened(self) -> Store:
        """The same store, opened once more; one in memory is there only once."""
        if self.backend in SHARED:
            self.store.close()
            self.store = open_store(self.url)
        return self.store

    def opened_again(self) -> Store:
        """The same store beside itself, under another URL where it has one."""
        if self.backend not in SHARED:
            return self.store
        return open_store(self.url.replace("/source/", "/source/../source/").replace("/target/", "/target/../target/"))

    def close(self) -> None:
        self.store.close()


def quiet(what: str, done: int, total: int) -> None:
    del what, done, total


def dying_at(page: int) -> Callable[[str, int, int], None]:
    """A progress that kills the copy when this many pages are done, counted from 0."""
    left = page

    def progress(what: str, done: int, total: int) -> None:
        nonlocal left
        del what, done, total
        if left == 0:
            raise Killed
        left -= 1

    return progress


def copy(
    source: Store,
    target: Store,
    progress: Callable[[str, int, int], None] = quiet,
    now: Instant = START,
    batch: int = BATCH,
) -> Copied:
    return Copying(source, target, lambda: now, progress, batch).run()
