"""``python -m adapters.cli`` is ``masking``."""

from adapters.cli.main import main

main()
