"""A pool of the store, as a plan needs it: its policy, its numbers, and the sessions it remembers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from adapters import system
from adapters.cli.environment import settings
from adapters.cli.local_store import key_file_problems, opened_store
from adapters.numbering import PhonenumbersPlan
from adapters.planning.history import History, Progress, country_by, history_of, nowhere
from adapters.sealing.vault import FileVault
from adapters.settings import Settings, SettingsError
from masking_core.errors import NotFound
from masking_core.pools import Geography, NumberState, PoolPolicy
from masking_core.ports.numbers import NumberQuery
from masking_core.ports.store import Store

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class StoredPool:
    """A pool that the settings' store has."""

    policy: PoolPolicy
    _name: str
    _store: Store
    _settings: Settings

    def in_service(self, geography: Geography) -> Mapping[str, int]:
        """How many numbers new sessions may have, by country, or all of them under '' where it does not count."""
        counts: Counter[str] = Counter()
        query = NumberQuery(pool=self._name, state=NumberState.IN_SERVICE, limit=_PAGE)
        while page := self._store.list_numbers(query):
            counts.update(number.country if geography else "" for number in page if number.voice)
            query = replace(query, after=page[-1].number)
        return counts

    def history(self, geography: Geography, progress: Progress) -> History:
        """The sessions it remembers. Where countries count, the key file must be at hand."""
        if not geography:
            return history_of(self._store, self._name, system.now(), nowhere, progress)
        with key_file_problems():
            country_of = country_by(FileVault(self._settings.keys), PhonenumbersPlan())
        return history_of(self._store, self._name, system.now(), country_of, progress)


@contextmanager
def stored_pool(name: str) -> Iterator[StoredPool]:
    """A pool, while its store is open. Raises NotFound and SettingsError."""
    in_force = settings()
    if in_force.in_memory:
        raise SettingsError("memory:// lives in the process that serves it: its pools cannot be read from here")
    with opened_store(in_force) as store:
        pool = store.get_pool(name)
        if pool is None:
            raise NotFound("pool", name)
        yield StoredPool(pool.policy, name, store, in_force)
