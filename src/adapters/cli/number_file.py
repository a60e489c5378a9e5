"""Virtual numbers in CSV: ``number[,country[,area[,voice[,sms]]]]``, with or without a header line.

Lines that are empty or begin with ``#`` count, but say nothing. Every line is checked before
anything is sent, and every bad one is named.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from adapters.cli import bad_file
from adapters.cli.errors import CommandError
from adapters.numbering import PhonenumbersPlan
from masking_core.ports.numbering import NumberKind

COLUMNS = ("number", "country", "area", "voice", "sms")
MOST_NUMBERS = 100_000
_MOST_BYTES = 16 * 1024 * 1024
_STEP = 256
_ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_NEW_LINE = re.compile(r"\r\n|\r|\n")
_COUNTRY = re.compile(r"[A-Z]{2}|")
_AREA = re.compile(r"[0-9]{0,8}")

Progress = Callable[[int, int], None]
"""Told how many lines are checked, and of how many."""


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One number to add, and the line it stands in."""

    line: int
    number: str
    country: str
    area: str
    voice: bool
    sms: bool


def read_numbers(file: BinaryIO, progress: Progress) -> list[NumberLine]:
    """The numbers of a file. Raises CommandError naming every line that is wrong."""
    rows = _Rows()
    lines = _lines(file)
    for line, text in enumerate(lines, start=1):
        rows.read(line, text)
        if line % _STEP == 0 or line == len(lines):
            progress(line, len(lines))
    if rows.problems:
        raise bad_lines(rows.problems)
    if not 1 <= len(rows.numbers) <= MOST_NUMBERS:
        raise bad_file.bad_file(
            f"the file holds {len(rows.numbers):,} numbers; 1 to {MOST_NUMBERS:,} can be added at once"
        )
    return rows.numbers


def bad_lines(problems: Sequence[tuple[int, str]]) -> CommandError:
    """The failed command for these lines."""
    return bad_file.bad_lines("nothing was added", problems)


def _lines(file: BinaryIO) -> list[str]:
    data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise bad_file.bad_file(f"the file is larger than {_MOST_BYTES >> 20} MiB")
    try:
        return _NEW_LINE.split(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = len(_NEW_LINE.split(data[: error.start].decode("utf-8", errors="replace")))
        raise bad_lines([(line, "is not UTF-8")]) from None


class _Rows:
    """Reads one line after the other, and collects what is right and what is wrong."""

    def __init__(self) -> None:
        self.numbers: list[NumberLine] = []
        self.problems: list[tuple[int, str]] = []
        self._columns: Sequence[str] = COLUMNS
        self._line_of: dict[str, int] = {}
        self._plan = PhonenumbersPlan()
        self._begun = False

    def read(self, line: int, text: str) -> None:
        if not text.strip(', \t"') or text.startswith("#"):
            return
        try:
            cells = [cell.strip() for cell in next(csv.reader([text], strict=True, skipinitialspace=True))]
            if not self._begun and cells[0].lower() in COLUMNS:
                self._columns = _header(cells)
            else:
                self._add(_number_line(line, cells, self._columns))
        except (ValueError, csv.Error) as error:
            self.problems.append((line, str(error) if isinstance(error, ValueError) else "is not CSV"))
        self._begun = True

    def _add(self, read: NumberLine) -> None:
        if self._plan.describe(read.number).kind is not NumberKind.ORDINARY:
            raise ValueError("the number is not one in E.164 that can be rented, as in +442079460001")
        first = self._line_of.setdefault(read.number, read.line)
        if first != read.line:
            raise ValueError(f"the number stands in line {first} already")
        self.numbers.append(read)


def _header(cells: Sequence[str]) -> Sequence[str]:
    columns = [cell.lower() for cell in cells]
    if "number" not in columns or not set(columns) <= set(COLUMNS) or len(set(columns)) < len(columns):
        raise ValueError(f"the header names each of its columns once, number and any of {', '.join(COLUMNS[1:])}")
    return columns


def _number_line(line: int, cells: Sequence[str], columns: Sequence[str]) -> NumberLine:
    if any(cells[len(columns) :]):
        raise ValueError(f"has more cells than the columns {', '.join(columns)}")
    row = dict(zip(columns, cells, strict=False))
    country, area = row.get("country", "").upper(), row.get("area", "")
    if not _COUNTRY.fullmatch(country):
        raise ValueError("the country is not an ISO 3166-1 alpha-2 code, as in GB")
    if not _AREA.fullmatch(area):
        raise ValueError("the area is not a national destination code, as in 20")
    return NumberLine(line, row.get("number", ""), country, area, _answer(row, "voice"), _answer(row, "sms"))


def _answer(row: dict[str, str], column: str) -> bool:
    given = row.get(column, "").lower()
    if given and given not in _ANSWERS:
        raise ValueError(f"{column} is neither yes nor no")
    return _ANSWERS.get(given, column == "voice")
