"""A process that copies and waits after each page; it stands where a process of its own can import it."""

from multiprocessing.connection import Connection

from adapters.storage.registry import open_store
from masking_core.services.copying import Copying
from support.world import START

BATCH = 3


def copy_by_and_by(connection: Connection, source: str, target: str) -> None:
    """Copy, tell of each page when it is done, and go on when told to."""

    def progress(what: str, done: int, total: int) -> None:
        connection.send((what, done, total))
        connection.recv()

    connection.send(("begun", 0, 0))
    connection.recv()
    Copying(open_store(source), open_store(target), lambda: START, progress, BATCH).run()
