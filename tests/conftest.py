"""What every test has in common."""

import signal

from hypothesis import settings

from support import pgbouncers, postgres_servers, redis_servers

settings.register_profile("masking", deadline=None, print_blob=True)
settings.load_profile("masking")


def pytest_report_header() -> str:
    """Which servers the stores are tested on."""
    servers = (postgres_servers.described(), redis_servers.described(), pgbouncers.described())
    return f"servers: {'; '.join(servers)}"


# Tests press Ctrl-C in processes that they start. Where pytest itself was started in the background, it is told to
# ignore that, and would hand it down.
signal.signal(signal.SIGINT, signal.default_int_handler)
