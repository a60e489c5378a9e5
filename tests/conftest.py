"""What every test has in common."""

from hypothesis import settings

from support import pgbouncers, postgres_servers, redis_servers

settings.register_profile("masking", deadline=None, print_blob=True)
settings.load_profile("masking")


def pytest_report_header() -> str:
    """Which servers the stores are tested on."""
    servers = (postgres_servers.described(), redis_servers.described(), pgbouncers.described())
    return f"servers: {'; '.join(servers)}"
