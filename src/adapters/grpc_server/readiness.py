"""Whether this process can serve: the store answers, and is written under the keys of this process."""

import logging
from typing import Protocol

from adapters.settings_sources import SettingsError
from masking_core.errors import Conflict, MaskingError, StoreNotReady
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.services.key_rotation import fit_keys

_log = logging.getLogger(__name__)


class CannotServeError(SettingsError):
    """What is set does not fit the store, and waiting changes nothing. One sentence."""


class Health(Protocol):
    """Is told whether the store can be served from."""

    def __call__(self, *, serving: bool) -> None:
        """Take the news; it differs from the last."""
        ...


class Readiness:
    """Looks after the store, and tells when it can be served from and when no more."""

    def __init__(self, store: Store, vault: Vault, tell: Health, *, migrate: bool) -> None:
        """Take what to look at and whom to ``tell``. With ``migrate``, the schema is brought up to date first."""
        self._store = store
        self._vault = vault
        self._tell = tell
        self._to_migrate = migrate
        self._keys_fit = False
        self._problem: str | None = None

    @property
    def problem(self) -> str:
        """What was wrong at the last look, in a sentence; empty when nothing was."""
        return "the store was not looked at yet" if self._problem is None else self._problem

    def look(self) -> None:
        """Look once. Raises CannotServeError; any other problem is told, and may be gone at the next look."""
        try:
            self._migrate()
            self._store.check()
            self._fit_keys()
        except MaskingError as error:
            self._note(str(error))
        else:
            self._note("")

    def _migrate(self) -> None:
        if not self._to_migrate:
            return
        try:
            steps = self._store.migrate()
        except StoreNotReady as error:
            raise CannotServeError(str(error)) from error
        if steps:
            _log.info("the store was migrated: %s", ", ".join(steps))
        self._to_migrate = False

    def _fit_keys(self) -> None:
        while not self._keys_fit:
            try:
                fit_keys(self._store, self._vault)
            except Conflict:
                continue  # another process gave the new store its keys just now
            except StoreNotReady as error:
                raise CannotServeError(str(error)) from error
            self._keys_fit = True

    def _note(self, problem: str) -> None:
        if problem == self._problem:
            return
        if problem:
            _log.warning("not serving: %s", problem)
        else:
            _log.info("serving")
        self._tell(serving=not problem)
        self._problem = problem
