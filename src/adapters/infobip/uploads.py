"""Which files were uploaded already: Infobip has no list of them, so it is kept beside the other data."""

import json
import os
from pathlib import Path


class Uploads:
    """File ids by account and content, in a file. One that is lost means another upload, and no harm."""

    def __init__(self, path: Path, account: str) -> None:
        """Take the file's path, and the base URL of the account."""
        self._path = path
        self._account = account

    def file_id(self, digest: str) -> str:
        """The id of the file with this content, empty where it was not uploaded from here."""
        return self._read().get(self._account, {}).get(digest, "")

    def keep(self, digest: str, file_id: str) -> None:
        """Remember an upload."""
        known = self._read()
        known.setdefault(self._account, {})[digest] = file_id
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        new.write_text(json.dumps(known, indent=2), encoding="utf-8")
        new.replace(self._path)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            known: dict[str, dict[str, str]] = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return known
