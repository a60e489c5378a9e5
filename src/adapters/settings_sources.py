"""Where settings stand: the environment first, then one TOML file."""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "MASKING_"
CONFIG_VARIABLE = "MASKING_CONFIG"
DEFAULT_FILE = Path("masking.toml")

ENVIRONMENT = "environment"
_COLLECTOR_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class SettingsError(Exception):
    """A setting is wrong, missing or unknown. One sentence that names it and its source, and never its value."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was written, and where: ``environment``, or the path of the file."""

    value: object = field(repr=False)
    source: str


class Sources:
    """Looks settings up by their name in lower case, as in ``grpc_address``."""

    def __init__(self, environ: Mapping[str, str], names: Collection[str]) -> None:
        """Read the file that ``MASKING_CONFIG`` names, or ``masking.toml`` where there is one.

        Raises SettingsError for a file that is missing, malformed, or names a setting that is none of ``names``.
        """
        self._environ = environ
        self._names = names
        self._path, self._table = _read_file(environ)
        for key in self._table:
            if key not in names:
                raise SettingsError(f"{self._path}: there is no setting {key}{_suggestion(key, names)}")

    def find(self, name: str) -> Given | None:
        """The value in force, or None. An empty variable counts as absent."""
        text = self._environ.get(variable(name), "")
        if text:
            return Given(text, ENVIRONMENT)
        if name in self._table:
            return Given(self._table[name], str(self._path))
        return None

    def traces(self) -> str:
        """``otlp`` where OpenTelemetry's own variables say to what collector, or else empty."""
        return "otlp" if any(self._environ.get(name) for name in _COLLECTOR_VARIABLES) else ""

    def warnings(self) -> tuple[str, ...]:
        """A sentence for each variable that looks like a setting and is none."""
        known = {variable(name) for name in self._names} | {CONFIG_VARIABLE}
        return tuple(
            f"there is no setting {each}{_suggestion(each, known)}"
            for each in sorted(self._environ)
            if each.startswith(PREFIX) and each not in known
        )


def variable(name: str) -> str:
    """The variable of a setting: ``MASKING_GRPC_ADDRESS`` for ``grpc_address``."""
    return PREFIX + name.upper()


def _read_file(environ: Mapping[str, str]) -> tuple[Path, dict[str, object]]:
    named = environ.get(CONFIG_VARIABLE, "")
    path = Path(named).expanduser() if named else DEFAULT_FILE
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if named:
            raise SettingsError(f"{CONFIG_VARIABLE} names {path}, which does not exist") from error
        return path, {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def _suggestion(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
