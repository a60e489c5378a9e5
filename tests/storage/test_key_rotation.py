"""Rotation of the key, on every backend, while calls are answered and sessions come and go."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from masking_core.access import Scope
from masking_core.audit import Entry
from masking_core.calls import Reason, call_reference
from masking_core.errors import InvalidArgument, StoreNotReady
from masking_core.instants import HOUR, SECOND
from masking_core.phone_number import RealNumber
from masking_core.ports.store import Store
from masking_core.services.api_keys import KeyRequest
from masking_core.services.audit_check import AuditCheck
from masking_core.services.call_reports import ReportedCall
from masking_core.services.key_rotation import KeyRotation, fit_keys
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.sessions import SessionQuery
from masking_core.signature import Credential
from support.world import World, proxies, real

NEVER_BY_ITSELF = 1e9


class Interrupted(Exception):
    """Stands for a rotation that died."""


def quiet(what: str, done: int) -> None:
    del what, done


class Rotating:
    """A store, its key file, and processes that take up a changed file when the rotation pauses, or later."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.path = folder / "keys.toml"
        KeyFile.create(self.path)
        self.quick = World(store, self.vault(), ids="quick")
        self.slow = World(store, self.vault(), ids="slow")
        self.pauses = 0
        self.work: Callable[[], None] = lambda: None

    def vault(self) -> FileVault:
        return FileVault(self.path, NEVER_BY_ITSELF)

    def pause(self) -> None:
        """Every process takes up the file within a pause; the slow one only at its end, after more work."""
        self.pauses += 1
        self.quick.vault.refresh()
        self.work()
        self.slow.vault.refresh()
        self.work()

    def rotate(self, progress: Callable[[str, int], None] = quiet) -> str:
        return KeyRotation(
            self.store, self.vault(), KeyFile(self.path), self.quick.clock, self.pause, progress
        ).rotate()

    def crashing(self, at: int) -> Callable[[str, int], None]:
        calls = count()

        def progress(what: str, done: int) -> None:
            del what, done
            self.work()
            if next(calls) == at:
                raise Interrupted

        return progress


@pytest.fixture
def rotating(store: Store, tmp_path: Path) -> Rotating:
    return Rotating(store, tmp_path)


def test_everything_is_found_during_and_after_a_rotation(rotating: Rotating) -> None:
    world = rotating.quick
    world.pool(40, cool_off=0, retention=HOUR)
    running = [world.open(index, 50 + index) for index in range(5)]
    changed = world.open(20, 70)
    world.now = rotating.slow.now = world.now + SECOND
    world.sessions.update(SessionChange(changed.session.session_id, participants={0: ParticipantChange((real(21),))}))
    ended = world.open(30, 80)
    world.sessions.close(ended.session.session_id)
    world.reports.keep(b"the report", ReportedCall(reference=call_reference(ended.session.session_id, "c")))
    world.blocks.add(RealNumber(real(40)), "abuse")
    api_key = world.api_keys.create(KeyRequest("billing", [Scope.CALLS_READ])).key
    opened = count(100)

    def work() -> None:
        for each in (rotating.quick, rotating.slow):
            assert each.api_keys.table().find(api_key.key_id) == api_key
            each.audit.extend([Entry(world.now, "local", "did", "", "OK")])
            fresh = each.open(next(opened), 90)
            running.append(fresh)
            for other in (rotating.quick, rotating.slow):
                for view in running:
                    a, b = proxies(view)
                    assert other.dials(view.numbers[0][0].e164, a) == (view.numbers[1][0].e164, b)
                assert other.dials(21, proxies(changed)[0]) == (real(70), proxies(changed)[1])
                assert other.call(20, proxies(changed)[0]).reason is Reason.ENDED_SESSION
                assert other.call(30, proxies(ended)[0]).reason is Reason.ENDED_SESSION
                assert other.call(40, proxies(ended)[0]).reason is Reason.CALLER_BLOCKED
                other.reports.keep(b"the report", ReportedCall(reference=call_reference(ended.session.session_id, "c")))
            each.sessions.close(running.pop(0).session.session_id)

    rotating.work = work
    before = KeyFile(rotating.path).key_ids()
    sealing = rotating.rotate()
    work()
    assert KeyFile(rotating.path).key_ids() == (sealing,)
    assert sealing not in before
    assert rotating.pauses >= 3
    assert world.reports.of_session(ended.session.session_id) == [b"the report"]
    assert [key.key_id for key in rotating.store.get_keys()] == [sealing]
    (blocked,) = rotating.store.list_blocks("", 10)
    assert blocked.number.lookups == world.vault.lookups(RealNumber(real(40)))
    assert world.vault.sealed_by(blocked.number.sealed) == sealing
    world.blocks.remove(RealNumber(real(40)))
    assert world.call(40, proxies(ended)[0]).reason is Reason.NO_SESSION
    for record in map(rotating.store.get_record, ("api-keys", "audit-head")):
        assert record is not None
        assert world.vault.sealed_by(record) == sealing
    assert AuditCheck(rotating.store, world.vault).run().problem == ""
    for session in rotating.store.list_sessions(SessionQuery(limit=1000), world.now):
        for side in session.sides:
            for leg in side.legs:
                assert len(leg.caller.lookups) == 1
                assert world.vault.sealed_by(leg.caller.sealed) == sealing
    with pytest.raises(InvalidArgument, match="virtual number"):
        world.open(1, "+442079460001")


def test_a_session_whose_pairs_another_one_has_taken_is_still_found_by_its_participant(rotating: Rotating) -> None:
    world = rotating.quick
    world.pool(2, cool_off=0, retention=HOUR)
    taken = world.open(1, 2, time_to_live=HOUR // 4)
    world.now = rotating.slow.now = world.now + HOUR // 2
    taking = world.open(1, 2, wanted=proxies(taken))
    rotating.rotate()
    named = [view.session.session_id for view in (taking, taken)]
    for number in (1, 2):
        query = SessionQuery(lookups=world.vault.lookups(RealNumber(real(number))))
        assert [view.session.session_id for view in world.sessions.list(query)] == named
        assert world.dials(number, proxies(taken)[number - 1])


@pytest.mark.parametrize("at", range(12))
def test_a_rotation_that_died_goes_on_where_it_was(rotating: Rotating, at: int) -> None:
    world = rotating.quick
    world.pool(8)
    views = [world.open(index, 50 + index) for index in range(3)]
    world.reports.keep(b"the report", ReportedCall())
    try:
        rotating.rotate(rotating.crashing(at))
    except Interrupted:
        for each in (rotating.quick, rotating.slow):
            each.vault.refresh()
        middle = KeyFile(rotating.path).key_ids()
        finished = rotating.rotate()
        assert finished in middle or len(middle) == 1
    for view in views:
        a, b = proxies(view)
        assert world.dials(view.numbers[0][0].e164, a) == (view.numbers[1][0].e164, b)
    assert world.reports.of_session("") == [b"the report"]
    assert len(KeyFile(rotating.path).key_ids()) == 1
    for session in rotating.store.list_sessions(SessionQuery(), world.now):
        assert all(len(leg.caller.lookups) == 1 for side in session.sides for leg in side.legs)


def test_a_process_that_kept_an_old_key_file_is_told_to_change_it(rotating: Rotating, tmp_path: Path) -> None:
    stale = tmp_path / "stale.toml"
    stale.write_bytes(rotating.path.read_bytes())
    stale.chmod(0o600)
    rotating.rotate()
    with pytest.raises(StoreNotReady, match="lacks key"):
        fit_keys(rotating.store, FileVault(stale))


def test_the_webhook_credentials_move_to_the_new_key_too(store: Store, tmp_path: Path) -> None:
    rotating = Rotating(store, tmp_path)
    pair = Credential("an-id", "a-key")
    WebhookCredentials(store, rotating.quick.vault).change(lambda record: record.accepting([pair]))
    new = rotating.rotate()
    sealed = store.get_webhook_credentials()
    assert sealed is not None
    assert rotating.vault().sealed_by(sealed) == new
    assert WebhookCredentials(store, rotating.vault()).load().accepted == (pair,)
