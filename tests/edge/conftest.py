from importlib import import_module
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def models() -> ModuleType:
    """The provider's official client, imported once and only when it is asked for: it takes seconds."""
    return import_module("infobip_api_client")
