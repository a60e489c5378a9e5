"""Carrying out a plan. Each step has the effect of once, so an interrupted plan is finished by the next one."""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Final

from adapters.infobip.client import InfobipClient
from adapters.infobip.desired import AudioFile, Desired
from adapters.infobip.observed import Advance, Observed
from adapters.infobip.planning import Action, Change, Plan
from adapters.infobip.pool_table import PoolTable
from adapters.infobip.uploads import Uploads
from adapters.infobip.wire import Pair
from masking.v1.session_service_pb2 import Audio
from masking_core.audio import Announcement
from masking_core.signature import Credential

_BATCH: Final = 500


class Applying:
    """Carries out the plan that was made of what was observed."""

    def __init__(
        self,
        client: InfobipClient,
        table: PoolTable,
        uploads: Uploads,
        *,
        accept: Callable[[Credential], None],
        make: Callable[[], Credential],
    ) -> None:
        """Take what changes things; ``accept`` returns when every edge process accepts a pair, ``make`` makes one."""
        self._client = client
        self._table = table
        self._uploads = uploads
        self._accept = accept
        self._make = make

    def apply(self, plan: Plan, desired: Desired, observed: Observed, advance: Advance) -> None:
        """Take every step. Raises InfobipError, grpc.RpcError and what ``accept`` does."""
        run = _Run(self._client, self._table, self._uploads, desired, observed)
        done = 0
        for (action, pool), changes in groupby(plan.changes, key=lambda change: (change.action, change.pool)):
            grouped = list(changes)
            for start in range(0, len(grouped), _BATCH if action in _IN_BATCHES else 1):
                batch = grouped[start : start + _BATCH] if action in _IN_BATCHES else [grouped[start]]
                if action is Action.ACCEPT:
                    self._accept(run.pair_to_accept(self._make))
                else:
                    run.take(action, pool, batch)
                done += len(batch)
                advance("setting up", done, len(plan.changes))


_IN_BATCHES: Final = {Action.ADD, Action.DRAIN, Action.DRAIN_GONE}


class _Run:
    """One run: what its earlier steps made, its later ones need."""

    def __init__(
        self, client: InfobipClient, table: PoolTable, uploads: Uploads, desired: Desired, observed: Observed
    ) -> None:
        self._client = client
        self._table = table
        self._uploads = uploads
        self._desired = desired
        self._observed = observed
        named = [each.key for each in observed.configurations if each.draft.name == desired.draft.name]
        self._configuration = named[0] if named else ""
        self._new: Credential | None = None
        self._recordings: dict[str, dict[Announcement, Audio]] = {
            pool: dict(recordings) for pool, recordings in observed.pools.items()
        }
        self._audio: Mapping[tuple[str, str], AudioFile] = {
            (each.pool, announcement.value): audio
            for each in desired.selections or ()
            for announcement, audio in each.audio.items()
        }

    def pair_to_accept(self, make: Callable[[], Credential]) -> Credential:
        """The pair that Infobip signs with already, or else a new one."""
        pair = self._observed.pair
        self._new = Credential(pair.api_id, pair.key) if pair is not None else make()
        return self._new

    def take(self, action: Action, pool: str, batch: list[Change]) -> None:
        """Take one step, or a batch of steps of one kind in one pool."""
        if action is Action.ADD:
            self._table.add(pool, [self._observed.owned[each.name] for each in batch])
        elif action in _IN_BATCHES:
            self._table.drain([each.name for each in batch])
        else:
            self._steps()[action](batch[0])

    def _steps(self) -> Mapping[Action, Callable[[Change], None]]:
        client = self._client
        return {
            Action.SET: self._set,
            Action.CREATE: self._create,
            Action.UPDATE: lambda change: client.replace_configuration(change.key, self._desired.draft),
            Action.CREATE_POOL: lambda change: self._table.create(change.name),
            Action.UPLOAD: self._upload,
            Action.ANNOUNCE: self._announce,
            Action.ASSIGN: lambda change: client.assign(change.key, self._configuration, instead=False),
            Action.MOVE: lambda change: client.assign(change.key, self._configuration, instead=True),
            Action.TAKE_OVER: lambda change: client.assign(change.key, self._configuration, instead=True),
            Action.UNASSIGN: lambda change: client.unassign(change.key),
            Action.DELETE: lambda change: client.delete_configuration(change.key),
        }

    def _set(self, change: Change) -> None:
        del change
        first = self._new or (self._observed.accepted or ())[0]
        self._client.set_pair(Pair(first.api_id, first.key), instead=False)

    def _create(self, change: Change) -> None:
        del change
        self._configuration = self._client.create_configuration(self._desired.draft).key

    def _upload(self, change: Change) -> None:
        audio = self._audio[change.pool, change.name]
        self._uploads.keep(audio.digest, self._client.upload(content=audio.data))

    def _announce(self, change: Change) -> None:
        pool, name = change.pool, change.name
        audio = self._audio[pool, name]
        said = Audio(file_url=audio.url) if audio.url else Audio(file_id=self._uploads.file_id(audio.digest))
        recordings = self._recordings.setdefault(pool, {})
        recordings[Announcement(name)] = said
        self._table.set_recordings(pool, recordings)
