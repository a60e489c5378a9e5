"""The edge, as the settings of this process say: SESSIONS BOOK [unrecorded].

A store that lives in memory is filled first. With ``unrecorded`` no call is recorded, which tells what that costs.
"""

import json
import sys
from pathlib import Path
from unittest.mock import patch

from adapters.call_log import BackgroundCallLog
from adapters.composition import compose
from adapters.settings import load_settings
from latency.scene import fill
from support.world import World
from webhook_edge.server import run

if __name__ == "__main__":
    settings, services = load_settings(), None
    if sys.argv[3:] == ["unrecorded"]:
        patch.object(BackgroundCallLog, "note", lambda *_: None).start()
    if settings.in_memory:
        services = compose(settings)
        book = fill(World(services.store, services.vault), int(sys.argv[1]))
        Path(sys.argv[2]).write_text(json.dumps(book))
    run(settings, services)
