"""What processes do in a race; each runs in a process of its own, and so stands where that can import it."""

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.calls import IncomingCall
from masking_core.errors import AlreadyExists, Conflict, MaskingError, NumberInUse, SessionEnded
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import HOUR
from masking_core.phone_number import RealNumber
from masking_core.services.requests import ParticipantChange, SessionChange
from support.stores import URLS
from support.world import World, proxies, real


class Site:
    """One store and one key file, which every process of a test opens for itself."""

    def __init__(self, backend: str, folder: Path) -> None:
        self.url = URLS[backend](folder)
        self.keys = folder / "keys.toml"
        KeyFile.create(self.keys)

    def world(self, ids: str = "main") -> World:
        return World(open_store(self.url), FileVault(self.keys), ids=ids)


def open_many(site: Site, name: str, times: int, reserve: bool) -> list[tuple[str, str]]:  # noqa: FBT001
    """Open sessions of one person with as many others, until the pool is exhausted."""
    world, opened = site.world(name), []
    for index in range(times):
        try:
            view = world.open(0, real(100 + int(name) * 100 + index), reserve_numbers=reserve)
        except PoolExhausted:
            break
        opened.append(proxies(view))
    return opened


def open_named(site: Site, name: str, request_id: str) -> str:
    return site.world(name).open(1, 2, request_id=request_id).session.session_id


def call_again_and_again(site: Site, name: str, callers: Sequence[str], dialled: str, times: int) -> list[str]:
    """Place so many calls of each caller, all of them different, and return why each was answered as it was."""
    world = site.world(name)
    answers = [
        str(world.routing.route(IncomingCall(dialled, RealNumber(caller), f"{name}-{caller[1:]}-{index}")).reason)
        for index in range(times)
        for caller in callers
    ]
    world.store.close()
    return answers


def call_when_told(connection: Connection, site: Site, caller: str, dialled: str) -> None:
    """Place a call whenever asked to, and send why it was answered as it was."""
    world = site.world()
    while (call_id := connection.recv()) is not None:
        connection.send(str(world.routing.route(IncomingCall(dialled, RealNumber(caller), call_id)).reason))
    world.store.close()


def extend_again_and_again(site: Site, session_id: str) -> None:
    world = site.world()
    try:
        for _ in range(200):
            world.sessions.update(SessionChange(session_id, time_to_live=HOUR))
    except (SessionEnded, Conflict):
        return


def close_once(site: Site, session_id: str) -> bool:
    world = site.world()
    world.sessions.close(session_id)
    view = world.sessions.get(session_id)
    dialled = proxies(view)
    return world.dials(1, dialled[0]) is None and world.dials(2, dialled[1]) is None


def either(what: str, site: Site, session_id: str) -> None:
    if what == "close":
        assert close_once(site, session_id)
    else:
        extend_again_and_again(site, session_id)


def change_numbers(site: Site, session_id: str, side: int, first: int) -> bool:
    world = site.world()
    for index in range(10):
        world.sessions.update(SessionChange(session_id, participants={side: ParticipantChange((real(first + index),))}))
    return True


def change_or_conflict(site: Site, session_id: str, side: int, first: int) -> bool:
    while True:
        try:
            return change_numbers(site, session_id, side, first)
        except Conflict:
            continue


def answer_on_demand(connection: Connection, site: Site, calls: Sequence[tuple[int, str]]) -> None:
    """A process of its own that says, whenever asked, how each call is answered."""
    world = site.world("reader")
    while connection.recv():
        connection.send([str(world.call(caller, dialled).reason) for caller, dialled in calls])


def migrate_and_check(url: str) -> bool:
    store = open_store(url)
    store.migrate()
    store.check()
    return True


def add_to(site: Site, pool: str, numbers: Sequence[str]) -> str:
    try:
        site.world(pool).add(*numbers, pool=pool)
    except AlreadyExists:
        return ""
    return pool


def become_ours_or_theirs(site: Site, what: str, index: int) -> str:
    world = site.world(f"{what}{index}")
    try:
        if what == "ours":
            world.add(real(index))
        else:
            world.open(index, 99)
    except NumberInUse:
        return ""
    except MaskingError as error:
        return "" if "virtual number" in str(error) else repr(error)
    return what


def guess_pins(site: Site, name: str, dialled: str, calls: Sequence[str], guesses: Sequence[str]) -> list[str]:
    """Type each guess in the call of its position, and return why each was answered as it was."""
    world = site.world(name)
    typed = [IncomingCall(dialled, None, call, digits=guess) for call, guess in zip(calls, guesses, strict=True)]
    answers = [str(world.routing.route(call).reason) for call in typed]
    world.store.close()
    return answers
