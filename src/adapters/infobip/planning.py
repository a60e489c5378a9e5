"""What must change so that what there is becomes what shall be, in an order that cuts nobody off.

Numbers that are gone leave the pools first, for nobody can be reached on them. Then each thing comes
before what rests on it: credentials, configuration, recordings; a number is led to the configuration
before it joins a pool. What is removed is removed last, and only when asked for.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adapters.infobip.desired import AudioFile, Desired, Selection
from adapters.infobip.observed import Observed
from adapters.infobip.uploads import Uploads
from adapters.infobip.wire import MASKING, MaskingConfiguration, OwnedNumber, VoiceAction
from masking_core.audio import Announcement


class Action(StrEnum):
    """What is done, in the order in which it is."""

    DRAIN_GONE = "drain gone"
    ACCEPT = "accept credentials"
    SET = "set credentials"
    CREATE = "create configuration"
    UPDATE = "update configuration"
    CREATE_POOL = "create pool"
    UPLOAD = "upload"
    ANNOUNCE = "announce"
    ASSIGN = "assign"
    MOVE = "move"
    TAKE_OVER = "take over"
    ADD = "add"
    DRAIN = "drain"
    UNASSIGN = "unassign"
    DELETE = "delete configuration"


@dataclass(frozen=True, slots=True)
class Change:
    """One step. ``name`` is what it is done to; ``pool`` and ``key`` (Infobip's) say where."""

    action: Action
    name: str
    detail: str = ""
    pool: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What is not as desired, and is not changed without a word from somebody."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in their order, and what stands in the way of more."""

    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]


def make_plan(
    desired: Desired, observed: Observed, uploads: Uploads, *, take_over: Collection[str] = (), prune: bool = False
) -> Plan:
    """Compare. ``take_over`` are numbers whose other voice action may be overwritten. Changes nothing."""
    planner = _Planner(desired, observed, uploads, take_over)
    changes = [*planner.gone(), *planner.credentials(), *planner.configuration(), *planner.pools(), *planner.numbers()]
    if prune:
        changes += planner.removals()
        changes += planner.needless({change.name for change in changes if change.action in _LEADING_AWAY})
    order = {action: position for position, action in enumerate(Action)}
    changes.sort(key=lambda change: (order[change.action], change.pool))
    return Plan(tuple(changes), tuple(planner.conflicts))


class _Planner:
    """The comparison of one desired state with one observed."""

    def __init__(self, desired: Desired, observed: Observed, uploads: Uploads, take_over: Collection[str]) -> None:
        self._desired = desired
        self._observed = observed
        self._uploads = uploads
        self._take_over = take_over
        self.conflicts: list[Conflict] = []
        self._own = next((each for each in observed.configurations if each.draft.name == desired.draft.name), None)
        self._selected = self._select()

    def _select(self) -> dict[str, str]:
        """The pool of each number that shall be led to the configuration."""
        pooled = {number: each.pool for number, each in self._observed.pooled.items() if number in self._observed.owned}
        selections = self._desired.selections
        if selections is None:
            return pooled
        chosen: dict[str, str] = {}
        for number, owned in self._observed.owned.items():
            pools = [each.pool for each in selections if _selects(each, owned)]
            if len(pools) > 1:
                self.conflicts.append(Conflict(number, f"is selected for {' and '.join(pools)}"))
            elif pools and owned.voice:
                chosen[number] = pools[0]
            elif pools and any(number in each.numbers for each in selections):
                self.conflicts.append(Conflict(number, "carries no voice"))
        for selection in selections:
            for number in sorted(selection.numbers - set(self._observed.owned)):
                self.conflicts.append(Conflict(number, "is not among the account's numbers"))
        return chosen

    def gone(self) -> Iterator[Change]:
        """Numbers of the pools that are no more at Infobip."""
        for number, each in self._observed.pooled.items():
            if number not in self._observed.owned and not each.draining:
                yield Change(Action.DRAIN_GONE, number, "is no more among the account's numbers", each.pool)

    def credentials(self) -> Iterator[Change]:
        """Infobip signs, and the edge accepts what it signs with."""
        accepted, pair = self._observed.accepted, self._observed.pair
        if accepted is None:
            return
        if pair is None:
            if not accepted:
                yield Change(Action.ACCEPT, "a new pair", "every edge process accepts it")
            yield Change(
                Action.SET, accepted[0].api_id if accepted else "the new pair", "webhooks are signed from then on"
            )
        elif not any((each.api_id, each.key) == (pair.api_id, pair.key or each.key) for each in accepted):
            if pair.key:
                yield Change(Action.ACCEPT, pair.api_id, "Infobip signs with it already")
            else:
                problem = "is what Infobip signs with, and no edge knows its key; `masking infobip credentials rotate`"
                self.conflicts.append(Conflict(pair.api_id, problem))

    def configuration(self) -> Iterator[Change]:
        """The one masking configuration."""
        draft = self._desired.draft
        if self._own is None:
            yield Change(Action.CREATE, draft.name, f"calls are asked about at {draft.callback_url}")
        elif self._own.draft != draft:
            differing = [name for name in draft.__slots__ if getattr(draft, name) != getattr(self._own.draft, name)]
            yield Change(Action.UPDATE, draft.name, f"{', '.join(differing)} differ", key=self._own.key)

    def pools(self) -> Iterator[Change]:
        """The pools named, and what their callers hear."""
        uploading: set[str] = set()
        for selection in self._desired.selections or ():
            if selection.pool not in self._observed.pools:
                yield Change(Action.CREATE_POOL, selection.pool, "with the default policy")
            for announcement, audio in selection.audio.items():
                known = self._uploads.file_id(audio.digest)
                if audio.digest and not known and audio.digest not in uploading:
                    uploading.add(audio.digest)
                    yield Change(Action.UPLOAD, announcement, f"{len(audio.data):,} bytes", selection.pool)
                if not self._says(selection.pool, announcement, audio, known):
                    yield Change(Action.ANNOUNCE, announcement, audio.url or "the file uploaded", selection.pool)

    def _says(self, pool: str, announcement: Announcement, audio: AudioFile, file_id: str) -> bool:
        there = self._observed.pools.get(pool, {}).get(announcement)
        if there is None:
            return False
        return there.file_url == audio.url if audio.url else bool(file_id) and there.file_id == file_id

    def numbers(self) -> Iterator[Change]:
        """Each number that shall be: led to the configuration, and in its pool."""
        for number, pool in self._selected.items():
            there = self._observed.pooled.get(number)
            assignment = self._assignment(number)
            if isinstance(assignment, Conflict):
                self.conflicts.append(assignment)
                continue
            if assignment is not None:
                yield assignment
            if there is None:
                yield Change(Action.ADD, number, f"to pool {pool}", pool)
            elif there.pool != pool:
                self.conflicts.append(Conflict(number, f"shall be in pool {pool}, and is in pool {there.pool}"))

    def _assignment(self, number: str) -> Change | Conflict | None:
        voice, key = self._observed.voices.get(number), self._observed.owned[number].key
        if voice is None:
            return Change(Action.ASSIGN, number, "has no voice set-up", key=key)
        if self._own is not None and voice == VoiceAction(MASKING, self._own.key):
            return None
        shown = self._shown(voice)
        if voice.configuration_key in {each.key for each in self._kin()}:
            return Change(Action.MOVE, number, f"from {shown}", key=key)
        if number in self._take_over:
            return Change(Action.TAKE_OVER, number, f"from {shown}", key=key)
        return Conflict(number, f"has another voice action, {shown}; --take-over {number} overwrites it")

    def _kin(self) -> list[MaskingConfiguration]:
        """Other configurations that ask the same edge: leaving them for ours changes nothing for a caller."""
        url = self._desired.draft.callback_url
        return [each for each in self._observed.configurations if each != self._own and each.draft.callback_url == url]

    def _shown(self, voice: VoiceAction) -> str:
        named = [each.draft.name for each in self._observed.configurations if each.key == voice.configuration_key]
        return f"the masking configuration {named[0]}" if named else voice.kind

    def removals(self) -> Iterator[Change]:
        """Numbers that no selection names: they leave the pools, and then our configuration."""
        ours = {each.key for each in (*self._kin(), *([self._own] if self._own else ()))}
        managed = {each.pool for each in self._desired.selections or ()}
        for number, each in self._observed.pooled.items():
            known = number in self._observed.owned and number not in self._selected
            if known and each.pool in managed and not each.draining:
                yield Change(Action.DRAIN, number, "is not selected", each.pool)
        for number, voice in self._observed.voices.items():
            idle = number not in self._selected and number not in self._observed.pooled
            if idle and voice.configuration_key in ours:
                yield Change(Action.UNASSIGN, number, "is in no pool", key=self._observed.owned[number].key)

    def needless(self, led_away: Collection[str]) -> Iterator[Change]:
        """Configurations for the same edge that no number needs, once those ``led_away`` are."""
        needed = {voice.configuration_key for number, voice in self._observed.voices.items() if number not in led_away}
        for configuration in self._kin():
            if configuration.key not in needed:
                yield Change(Action.DELETE, configuration.draft.name, "no number needs it", key=configuration.key)


_LEADING_AWAY: Final = {Action.MOVE, Action.TAKE_OVER, Action.UNASSIGN}


def _selects(selection: Selection, owned: OwnedNumber) -> bool:
    return (
        owned.number in selection.numbers
        or owned.country in selection.countries
        or not selection.tags.isdisjoint(owned.tags)
    )
