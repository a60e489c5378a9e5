"""The contract of ``CallStore``, on every backend."""

import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.call_counts import figures_of
from masking_core.call_merging import merged, without
from masking_core.call_records import ERASED, CallQuery, CallRecord, Outcome
from masking_core.calls import Reason
from masking_core.errors import KeysChanged
from masking_core.events import EARLIEST
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.phone_number import RealNumber
from masking_core.sealed import LookupKey
from support.callers import decided, record, reported
from support.world import POOL, START, World, real, virtual


def test_a_call_that_nobody_recorded_is_none(world: World) -> None:
    assert world.store.get_call("unheard") is None
    assert world.store.find_calls("unheard") == []
    assert world.store.list_calls(CallQuery()) == []


def test_a_call_comes_back_as_it_was_recorded(world: World) -> None:
    call = merged(
        decided(world, "c1", reason=Reason.ACTIVE_SESSION, session_id="s1", correlation_ids=("nm-1", "x-1")),
        reported("c1", recording_file_id="f", recording_status="HOSTED", ringing_time=START),
    )
    record(world, call)
    assert world.store.get_call("c1") == call


def test_fragments_in_any_order_and_repeated_end_in_one_record(world: World) -> None:
    fragments = [
        decided(world, "c1", START + SECOND, correlation_ids=("nm-1",)),
        decided(world, "c1", START + 9 * SECOND, key="typed", reason=Reason.PIN_ACCEPTED, session_id="s1"),
        reported("c1", START + 60 * SECOND),
        reported("c1", START + 61 * SECOND, inbound_seconds=None),
    ]
    fragments[1] = replace(fragments[1], caller=fragments[0].caller)
    whole = CallRecord("c1")
    for fragment in fragments:
        whole = merged(whole, fragment)
    for index, order in enumerate(permutations(fragments)):
        call_id = f"c1-{index}"
        for fragment in (*order, order[index % 4]):
            record(world, replace(fragment, call_id=call_id))
        assert world.store.get_call(call_id) == replace(whole, call_id=call_id)


def test_fragments_of_one_call_recorded_together_are_all_merged(world: World) -> None:
    record(world, decided(world, "c1"), reported("c1"), decided(world, "c2"))
    call = world.store.get_call("c1")
    assert call is not None
    assert call.steps
    assert call.reports
    assert world.store.get_call("c2")


def test_new_calls_and_known_ones_recorded_together_are_each_told_of_once(world: World) -> None:
    calls = [decided(world, f"c{index:02}", START + index, session_id=f"s{index % 7}") for index in range(80)]
    record(world, *calls[::2])
    record(world, *calls)
    hours = world.store.counted_hours(POOL, START - HOUR, START + HOUR)
    record(world, *reversed(calls))
    assert world.store.counted_hours(POOL, START - HOUR, START + HOUR) == hours
    told = [event.call_id for event in world.store.read_events(EARLIEST, 1_000).events if event.call_id]
    assert sorted(told) == [call.call_id for call in calls]
    assert [world.store.get_call(call.call_id) for call in calls] == calls
    assert ids(world.store.list_calls(CallQuery(session_id="s3", limit=99))) == [
        f"c{index:02}" for index in reversed(range(3, 80, 7))
    ]


def test_many_writers_of_the_same_new_calls_lose_nothing(world: World) -> None:
    calls = [[decided(world, f"c{index}", key=f"k{writer}") for index in range(40)] for writer in range(4)]
    writers = [threading.Thread(target=record, args=(world, *each)) for each in calls]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for index in range(40):
        call = world.store.get_call(f"c{index}")
        assert call is not None
        assert [step.key for step in call.steps] == ["k0", "k1", "k2", "k3"]
    told = [event.call_id for event in world.store.read_events(EARLIEST, 1_000).events if event.call_id]
    assert len(told) == 4 * 40


def test_many_writers_of_one_call_lose_nothing(world: World) -> None:
    fragments = [decided(world, "c1", START + index, key=f"k{index}") for index in range(12)]
    writers = [threading.Thread(target=record, args=(world, fragment)) for fragment in fragments]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    call = world.store.get_call("c1")
    assert call is not None
    assert [step.key for step in call.steps] == [f"k{index}" for index in range(12)]


def test_a_writer_with_another_key_ring_is_refused(world: World) -> None:
    call = decided(world, "c1")
    for ring in (RingVault.of(Key.new(1)), RingVault.of(Key.new(1), Key.new(2))):
        with pytest.raises(KeysChanged):
            world.store.record_calls([call], ring.key_ids())
        with pytest.raises(KeysChanged):
            world.store.replace_call(call, call, ring.key_ids())
    assert world.store.get_call("c1") is None


def test_calls_are_found_by_each_of_the_providers_names(world: World) -> None:
    record(
        world,
        decided(world, "c1", START, correlation_ids=("nm-1", "x-1")),
        decided(world, "c2", START + 1, correlation_ids=("nm-1", "x-2")),
    )
    record(world, replace(reported("c2"), correlation_ids=("late",)))
    assert ids(world.store.find_calls("nm-1")) == ["c2", "c1"]
    assert ids(world.store.find_calls("x-1")) == ["c1"]
    assert ids(world.store.find_calls("late")) == ["c2"]


def test_calls_are_listed_the_latest_first_page_by_page(world: World) -> None:
    drawn = random.Random(7)
    times = [START + drawn.randrange(5) * SECOND for _ in range(23)]
    record(world, *(decided(world, f"c{index:02}", time) for index, time in enumerate(times)))
    expected = sorted(((time, f"c{index:02}") for index, time in enumerate(times)), reverse=True)
    assert pages(world, CallQuery(limit=4)) == [call_id for _, call_id in expected]


def test_calls_that_come_meanwhile_move_no_other_to_another_page(world: World) -> None:
    record(world, *(decided(world, f"c{index}", START + index) for index in range(6)))
    first = world.store.list_calls(CallQuery(limit=3))
    record(world, decided(world, "new", START + 99))
    last = first[-1]
    rest = world.store.list_calls(CallQuery(limit=9, after=(last.time, last.call_id)))
    assert ids(first) + ids(rest) == [f"c{index}" for index in reversed(range(6))]


def test_a_page_is_full_as_long_as_there_are_calls_that_match(world: World) -> None:
    sides = {name: {"session_id": name, "dialled": virtual(number)} for number, name in enumerate(("s0", "s1", "s2"))}
    record(world, *(decided(world, f"c{index:02}", START + index, **sides[f"s{index % 3}"]) for index in range(24)))
    lookups = world.vault.lookups(RealNumber(real(1)))
    for query in (CallQuery(session_id="s1"), CallQuery(dialled=virtual(1)), CallQuery("", "s1", "", lookups)):
        assert ids(world.store.list_calls(replace(query, limit=5))) == ["c22", "c19", "c16", "c13", "c10"]


def test_filters_hold_together(world: World) -> None:
    record(
        world,
        decided(world, "mine", START, session_id="s1", dialled=virtual(1), person=1),
        decided(world, "other-session", START, session_id="s2", dialled=virtual(1), person=1),
        decided(world, "other-number", START, session_id="s1", dialled=virtual(2), person=1),
        decided(world, "other-person", START, session_id="s1", dialled=virtual(1), person=2),
        decided(world, "other-pool", START, session_id="s1", dialled=virtual(1), person=1, pool="else"),
        decided(world, "earlier", START - HOUR, session_id="s1", dialled=virtual(1), person=1),
        decided(world, "later", START + HOUR, session_id="s1", dialled=virtual(1), person=1),
    )
    lookups = world.vault.lookups(RealNumber(real(1)))
    query = CallQuery("ride-uk", "s1", virtual(1), lookups, START, START + HOUR)
    assert ids(world.store.list_calls(query)) == ["mine"]
    assert "later" in ids(world.store.list_calls(replace(query, end=None)))
    assert "earlier" in ids(world.store.list_calls(replace(query, begin=0)))
    for without_it, other in (
        (replace(query, pool=""), "other-pool"),
        (replace(query, session_id=""), "other-session"),
        (replace(query, dialled=""), "other-number"),
        (replace(query, lookups=()), "other-person"),
    ):
        assert sorted(ids(world.store.list_calls(without_it))) == sorted(["mine", other])


def test_calls_to_numbers_in_no_pool_are_asked_for_by_themselves(world: World) -> None:
    record(
        world,
        *(decided(world, f"pooled-{index}", START + index) for index in range(5)),
        decided(world, "nowhere", START + 2, pool=""),
        decided(world, "earlier", START - HOUR, pool=""),
    )
    assert pages(world, CallQuery(in_no_pool=True, limit=1)) == ["nowhere", "earlier"]
    assert ids(world.store.list_calls(CallQuery(in_no_pool=True, begin=START))) == ["nowhere"]
    record(world, decided(world, "nowhere", START + 1, key="before", pool=""), reported("unheard", START + 3))
    assert pages(world, CallQuery(in_no_pool=True, limit=1)) == ["unheard", "nowhere", "earlier"]
    record(world, decided(world, "unheard", START + 3))
    assert pages(world, CallQuery(in_no_pool=True, limit=1)) == ["nowhere", "earlier"]


def test_a_person_is_found_as_caller_and_as_callee(world: World) -> None:
    called = decided(world, "called", person=2)
    record(world, decided(world, "calling", person=1), replace(called, callee=called.caller, caller=None))
    assert ids(world.store.list_calls(CallQuery(lookups=lookups_of(world, 1)))) == ["calling"]
    assert ids(world.store.list_calls(CallQuery(lookups=lookups_of(world, 2)))) == ["called"]


def test_a_call_whose_callback_is_learnt_of_late_moves_to_where_it_belongs(world: World) -> None:
    record(world, decided(world, "other", START))
    record(world, reported("c1", START + DAY))
    assert pages(world, CallQuery(limit=1)) == ["c1", "other"]
    record(world, decided(world, "c1", START - SECOND, session_id="s1"))
    assert pages(world, CallQuery(limit=1)) == ["other", "c1"]
    assert ids(world.store.list_calls(CallQuery(session_id="s1"))) == ["c1"]
    assert ids(world.store.list_calls(CallQuery(begin=START))) == ["other"]


def test_a_call_that_moves_is_found_by_its_people_at_its_new_time(world: World) -> None:
    lookups = world.vault.lookups(RealNumber(real(1)))
    early = CallQuery(lookups=lookups, end=START + HOUR)
    record(world, decided(world, "c1", START + 5 * HOUR, key="second"), decided(world, "c2", START + 2 * HOUR))
    assert world.store.list_calls(early) == []
    record(world, decided(world, "c1", START, key="first"))
    assert [call.call_id for call in world.store.list_calls(early)] == ["c1"]
    (first,) = world.store.list_calls(CallQuery(lookups=lookups, limit=1))
    assert first.call_id == "c2"
    (second,) = world.store.list_calls(CallQuery(lookups=lookups, after=(first.time, first.call_id)))
    assert (second.call_id, second.time) == ("c1", START)


def test_a_page_tells_of_its_calls_what_counting_needs(world: World) -> None:
    record(
        world,
        decided(world, "c1"),
        reported("c1", outbound_seconds=17),
        reported("c2", START + 1, outcome=Outcome.BUSY, price_per_second=None),
        decided(world, "c3", START + 2, pool="", dialled=virtual(3)),
        decided(world, "c3", START + 3, key="second", reason=Reason.PIN_WRONG),
    )
    record(world, reported("c3", START + 9, inbound_seconds=None, billed_seconds=None))
    for query in (CallQuery(), CallQuery(pool=POOL), CallQuery(limit=2), CallQuery(begin=START + 1, end=START + 2)):
        calls = world.store.list_calls(query)
        assert calls
        assert list(world.store.list_figures(query)) == [figures_of(call) for call in calls]
    assert len(world.store.list_figures(CallQuery(limit=2))) == 2


def test_a_call_is_replaced_only_by_who_has_seen_it_last(world: World) -> None:
    record(world, decided(world, "c1"))
    seen = world.store.get_call("c1")
    assert seen is not None
    record(world, reported("c1"))
    gone = without(seen, lookups_of(world, 1))
    assert not world.store.replace_call(seen, gone, world.vault.key_ids())
    seen = world.store.get_call("c1")
    assert seen is not None
    gone = without(seen, lookups_of(world, 1))
    assert world.store.replace_call(seen, gone, world.vault.key_ids())
    assert world.store.get_call("c1") == gone
    assert gone.caller == ERASED
    assert gone.reports


def test_an_erased_person_is_not_found_and_does_not_come_back(world: World) -> None:
    fragment = decided(world, "c1")
    record(world, fragment)
    assert world.store.replace_call(fragment, without(fragment, lookups_of(world, 1)), world.vault.key_ids())
    assert world.store.list_calls(CallQuery(lookups=lookups_of(world, 1))) == []
    record(world, replace(reported("c1"), caller=fragment.caller), fragment)
    call = world.store.get_call("c1")
    assert call is not None
    assert call.caller == ERASED
    assert world.store.list_calls(CallQuery(lookups=lookups_of(world, 1))) == []


def test_a_call_that_is_gone_is_not_replaced(world: World) -> None:
    call = decided(world, "c1")
    assert not world.store.replace_call(call, call, world.vault.key_ids())
    assert world.store.get_call("c1") is None


def test_sweeping_forgets_calls_from_their_time_on_and_no_others(world: World) -> None:
    record(
        world,
        decided(world, "old", START, correlation_ids=("nm-old",), session_id="s1", keep_until=START + HOUR),
        decided(world, "young", START, person=2, keep_until=START + DAY),
    )
    world.now = START + HOUR - 1
    world.housekeeping.sweep()
    assert world.store.get_call("old")
    world.now += 1
    world.housekeeping.sweep()
    assert world.store.get_call("old") is None
    assert world.store.find_calls("nm-old") == []
    assert world.store.list_calls(CallQuery(session_id="s1")) == []
    assert world.store.list_calls(CallQuery(lookups=lookups_of(world, 1))) == []
    assert ids(world.store.list_calls(CallQuery())) == ["young"]


def ids(calls: Sequence[CallRecord]) -> list[str]:
    return [call.call_id for call in calls]


def pages(world: World, query: CallQuery) -> list[str]:
    found: list[str] = []
    while page := world.store.list_calls(query):
        found += ids(page)
        query = replace(query, after=(page[-1].time, page[-1].call_id))
    return found


def lookups_of(world: World, person: int) -> tuple[LookupKey, ...]:
    return world.vault.lookups(RealNumber(real(person)))
