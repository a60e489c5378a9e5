"""Sessions in CSV: ``start,end,party_a,party_b[,country]``, with or without a header line.

Times are ISO 8601, in UTC where they name no zone. A party is a phone number or any other name that
stands for one participant; where no country is given, a number's own is taken. Lines that are empty
or begin with ``#`` count, but say nothing. A file is read line by line, and no name in it is kept.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from adapters.cli import bad_file
from adapters.numbering import PhonenumbersPlan
from masking_core.instants import NEVER, Instant
from masking_core.phone_number import is_e164
from masking_core.planning.workload import ExpectedSession, Participant

REQUIRED = ("start", "end", "party_a", "party_b")
COLUMNS = (*REQUIRED, "country")
MOST_SESSIONS = 2_000_000
_LONGEST_LINE = 4_096
_MOST_PROBLEMS = 1_000
_STEP = 1_024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTRY = re.compile(r"[A-Z]{2}|")
_PUNCTUATION = re.compile(r"[\s().-]")

Progress = Callable[[int], None]
"""Told how many lines are read."""


def read_sessions(
    file: BinaryIO, *, with_countries: bool = False, progress: Progress = lambda _: None
) -> list[ExpectedSession]:
    """The sessions of a file by their start. Raises CommandError naming every line that is wrong.

    ``with_countries`` refuses participants whose country is not known.
    """
    rows = _Rows(with_countries=with_countries)
    for line, text in _lines(file):
        rows.read(line, text)
        if len(rows.problems) >= _MOST_PROBLEMS:
            break
        if line % _STEP == 0:
            progress(line)
    if rows.problems:
        raise bad_file.bad_lines("nothing was planned", rows.problems)
    if not rows.sessions:
        raise bad_file.bad_file("the file holds no sessions")
    return sorted(rows.sessions, key=lambda session: session.start)


def _lines(file: BinaryIO) -> Iterator[tuple[int, str]]:
    line = 0
    while data := file.readline(_LONGEST_LINE):
        line += 1
        if len(data) == _LONGEST_LINE and not data.endswith(b"\n"):
            raise bad_file.bad_lines("nothing was planned", [(line, f"is longer than {_LONGEST_LINE} bytes")])
        try:
            yield line, data.decode("utf-8-sig" if line == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise bad_file.bad_lines("nothing was planned", [(line, "is not UTF-8")]) from None


class _Rows:
    """Reads one line after the other, and collects what is right and what is wrong."""

    def __init__(self, *, with_countries: bool) -> None:
        self.sessions: list[ExpectedSession] = []
        self.problems: list[tuple[int, str]] = []
        self._with_countries = with_countries
        self._columns: Sequence[str] = COLUMNS
        self._plan = PhonenumbersPlan()
        self._known: dict[str, tuple[Participant, str]] = {}
        self._begun = False

    def read(self, line: int, text: str) -> None:
        if not text.strip(', \t"') or text.startswith("#"):
            return
        try:
            cells = [cell.strip() for cell in next(csv.reader([text], strict=True, skipinitialspace=True))]
            if not self._begun and set(REQUIRED) & {cell.lower() for cell in cells}:
                self._columns = _header(cells)
            else:
                self._add(cells)
        except (ValueError, csv.Error) as error:
            self.problems.append((line, str(error) if isinstance(error, ValueError) else "is not CSV"))
        self._begun = True

    def _add(self, cells: Sequence[str]) -> None:
        if any(cells[len(self._columns) :]):
            raise ValueError(f"has more cells than the columns {', '.join(self._columns)}")
        row = dict(zip(self._columns, cells, strict=False))
        for column in REQUIRED:
            if not row.get(column):
                raise ValueError(f"{column} is missing")
        start, end = _instant("start", row["start"]), _instant("end", row["end"])
        if end <= start:
            raise ValueError("the end is not after the start")
        country = row.get("country", "").upper()
        if not _COUNTRY.fullmatch(country):
            raise ValueError("the country is not an ISO 3166-1 alpha-2 code, as in GB")
        (first, here), (second, there) = self._party(row, "party_a", country), self._party(row, "party_b", country)
        if first == second:
            raise ValueError("party_a and party_b are the same")
        if len(self.sessions) == MOST_SESSIONS:
            raise bad_file.bad_file(f"the file holds more than {MOST_SESSIONS:,} sessions")
        self.sessions.append(ExpectedSession(start, end, (first, second), (here, there)))

    def _party(self, row: dict[str, str], column: str, country: str) -> tuple[Participant, str]:
        number = _PUNCTUATION.sub("", row[column])
        name = number if is_e164(number) else row[column]
        if name not in self._known:
            home = self._plan.describe(name).country if is_e164(name) else ""
            self._known[name] = len(self._known), home
        participant, home = self._known[name]
        if self._with_countries and not (country or home):
            raise ValueError(f"the country of {column} is not known: it is no number in E.164, and none is given")
        return participant, country or home


def _header(cells: Sequence[str]) -> Sequence[str]:
    columns = [cell.lower() for cell in cells]
    if not set(REQUIRED) <= set(columns) <= set(COLUMNS) or len(set(columns)) < len(columns):
        raise ValueError(f"the header names each of its columns once: {', '.join(REQUIRED)}, and country or not")
    return columns


def _instant(column: str, text: str) -> Instant:
    try:
        moment = datetime.fromisoformat(text)
        since = (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise ValueError(f"{column} is not a time in ISO 8601, as in 2027-01-31T18:00:00Z") from None
    if not 0 <= since <= NEVER:
        raise ValueError(f"{column} does not lie between 1970 and 9999")
    return since
