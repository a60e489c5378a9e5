"""The port that keeps sessions."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.instants import Instant
from masking_core.opening import Opening, Revision
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, SessionQuery


class SessionStore(Protocol):
    """Keeps sessions and their routes together: every verb takes effect whole or not at all."""

    def open_session(self, opening: Opening, now: Instant) -> Session:
        """Allocate a number for each participant and store the session with all its routes.

        Atomic with respect to every other opening and revision of any process. What is returned is
        durable. Where ``request_id`` was used before, nothing is stored and the earlier session
        comes back as it stands now, whatever its fingerprint.

        Raises NotFound when the pool is gone; PoolExhausted with the full count when no number
        satisfies the rules, every expired session considered; NumberNotAvailable for a number
        asked for by name; InvalidArgument naming the participant when one of its numbers is a
        virtual number of ours; ParticipantRefused likewise for one that is blocked; KeysChanged when
        ``key_ids`` are not the store's. Of a block and an opening at one time either the opening is
        refused, or whoever looks for the number's sessions once the block is stored finds it.
        """
        ...

    def find_request(self, request_id: str) -> Session | None:
        """The session that was opened with this request_id, as it stands now; None when none was."""
        ...

    def get_session(self, session_id: str) -> Session | None:
        """The session, running or remembered; None when there is none."""
        ...

    def list_sessions(self, query: SessionQuery, now: Instant) -> Sequence[Session]:
        """At most ``query.limit`` sessions by descending id, beginning after ``query.after``.

        Sessions that come or go meanwhile move no other to an earlier or a later page.
        """
        ...

    def revise_session(self, revision: Revision, now: Instant) -> Session:
        """Store a changed session with all its routes; numbers that no longer take part stop connecting.

        Raises NotFound; SessionEnded when it has ended by ``now``, was closed, or has lost one of its
        pairs to a later session; Conflict when its version is
        not the one before the revision's; and what ``open_session`` raises of numbers and keys.
        """
        ...

    def close_session(self, session_id: str, now: Instant) -> Session | None:
        """End a session: once this returns no process finds a route of it active, nor can any bring it back.

        Durable. An ended session comes back as it is; None when there is none.
        """
        ...


class SessionKeeping(Protocol):
    """What keeps sessions tidy, unseen by whoever uses them."""

    def sweep(self, now: Instant, limit: int) -> int:
        """Take at most ``limit`` steps of tidying, and return how many were taken.

        Expired sessions free their numbers' load and reservations; sessions and reports past their
        pool's retention are forgotten with their routes, calls past their ``keep_until``, the
        counts of hours past ``COUNT_RETENTION`` and events past ``EVENT_RETENTION`` too; drained
        numbers that no remembered route holds are removed. No invariant rests on this being called.
        """
        ...

    def forget_session(self, session_id: str) -> None:
        """Forget an ended session with its routes and reports at once; one that runs or is gone stays so."""
        ...

    def scrub(self) -> None:
        """Overwrite what was forgotten where the store keeps its data, as far as the store can."""
        ...

    def rekey_session(self, session: Session, dropped: Sequence[LookupKey]) -> None:
        """Replace the seals and look-up keys of a stored session by those given, and its routes with them.

        ``session`` differs from the stored one in nothing but its callers. Routes under ``dropped``
        keys are removed. A pair that a later session took stays that session's. Raises Conflict
        when the version is not the stored one; a session that is gone is none to re-key.
        """
        ...
