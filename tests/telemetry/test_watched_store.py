"""The watched store: every verb of every backend passes through it, unchanged and timed."""

from typing import Any

import pytest

from adapters.composition import wire
from adapters.storage.registry import open_store
from adapters.telemetry.exposition import Exposition
from adapters.telemetry.telemetry import Telemetry
from adapters.telemetry.watched_store import verbs, watched
from masking_core.errors import AlreadyExists
from masking_core.pools import Pool, PoolPolicy
from support.memory_ring import MemoryRing
from telemetry.scraping import value

COUNT = "masking_store_duration_seconds_count"


def test_every_verb_is_the_store_s_own_and_has_a_name_of_its_own(folder: str) -> None:
    del folder
    telemetry, called = Telemetry(), list[tuple[str, tuple[Any, ...], dict[str, Any]]]()

    class Recorder:
        def __getattr__(self, verb: str) -> Any:
            def call(*given: Any, **named: Any) -> str:
                called.append((verb, given, named))
                return f"what {verb} answers"

            return call

    store: Any = watched(Recorder(), telemetry)
    for verb in verbs():
        assert getattr(store, verb)(1, two=2) == f"what {verb} answers"
    assert called == [(verb, (1,), {"two": 2}) for verb in verbs()]
    assert len(called) > 50
    assert {"find_route", "open_session", "record_calls", "sweep"} <= set(verbs())
    page = Exposition(telemetry.metrics).text()
    assert {value(page, COUNT, verb=verb, outcome="OK") for verb in verbs()} == {1}


def test_an_error_is_told_by_its_reason_and_reaches_the_caller(folder: str) -> None:
    del folder
    telemetry = Telemetry()
    store = watched(open_store("memory://"), telemetry)
    pool = Pool("ride-uk", PoolPolicy(), 1, 1)
    store.create_pool(pool)
    with pytest.raises(AlreadyExists):
        store.create_pool(pool)
    with pytest.raises(TypeError):
        store.create_pool()  # type: ignore[call-arg]
    page = Exposition(telemetry.metrics).text()
    outcomes = {
        outcome: value(page, COUNT, verb="create_pool", outcome=outcome) for outcome in ("OK", "ALREADY_EXISTS")
    }
    assert outcomes == {"OK": 1, "ALREADY_EXISTS": 1}
    assert value(page, COUNT, verb="create_pool", outcome="UNEXPECTED") == 1


def test_the_composition_root_has_every_service_use_it(folder: str) -> None:
    del folder
    services = wire(open_store("memory://"), MemoryRing())
    services.store.migrate()
    services.pools.create("ride-uk", PoolPolicy())
    services.pools.usage("ride-uk")
    page = Exposition(services.telemetry.metrics).text()
    assert {value(page, COUNT, verb=verb) for verb in ("migrate", "create_pool", "pool_usage")} == {1}
