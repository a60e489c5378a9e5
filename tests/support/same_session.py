"""A session that was there before a store's schema was changed."""

from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery
from support.world import World, proxies, real


def check_same_session(migrated: World, opened: SessionView) -> None:
    """See that a session of people 1 and 2, "trip" by a request "once", is there whole, and can be closed."""
    assert migrated.sessions.get(opened.session.session_id).session == opened.session
    assert migrated.dials(1, proxies(opened)[0]) == (real(2), proxies(opened)[1])
    assert migrated.open(1, 2, reference="trip", request_id="once").session == opened.session
    closed = migrated.sessions.close(opened.session.session_id).session
    assert migrated.store.list_sessions(SessionQuery(reference="trip"), migrated.now) == [closed]
