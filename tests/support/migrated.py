"""Databases that are migrated: copies of one that was, which are made in less time than migrating takes."""

from functools import cache
from urllib.parse import urlsplit

import psycopg

from adapters.storage.registry import open_store
from support.postgres_servers import Databases, suite

_NAMED_ANEW = "UPDATE masking.store SET store_id = gen_random_uuid()::text"


@cache
def _template(databases: Databases) -> str:
    """The name of a database that nobody uses, migrated and empty."""
    url = databases.fresh()
    databases.keep(url)
    store = open_store(url)
    store.migrate()
    store.close()
    return urlsplit(url).path[1:]


def migrated_database() -> str:
    """The URL of a new database of the suite's server: a store that is told from every other, and has nothing in it."""
    url = suite().fresh(_template(suite()))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_NAMED_ANEW)
    return url
