import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from adapters.cli.config import config_text
from adapters.cli.exit_codes import ExitCode
from adapters.cli.limit_options import FIELDS
from adapters.settings import Settings, load_settings
from adapters.settings_sources import CONFIG_VARIABLE, variable
from masking_core.calls import Reason
from readme.readme_document import PAGES, README, ROOT, TEXT, Block, headings, sections, table
from readme.readme_machine import ReadmeMachine

FOLLOWABLE = {"sh", "python", "toml"}
FOLLOWED = {title: blocks for title, blocks in sections().items() if any(each.language == "sh" for each in blocks)}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[ReadmeMachine]:
    machine = ReadmeMachine(tmp_path)
    yield machine
    machine.stop()


@pytest.mark.parametrize("title", FOLLOWED)
def test_every_command_does_what_the_readme_shows(title: str, machine: ReadmeMachine) -> None:
    for block in FOLLOWED[title]:
        printed = machine.follow(block)
        if block.prints:
            assert machine.normal(printed) == machine.normal(block.prints)


def test_no_code_stands_where_nothing_runs_it() -> None:
    assert {block.language for blocks in sections().values() for block in blocks} <= FOLLOWABLE
    followed = [block.language for blocks in FOLLOWED.values() for block in blocks]
    assert {language: TEXT.count(f"```{language}\n") for language in FOLLOWABLE} == Counter(followed)


def test_the_make_commands_are_the_makefile_s() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert (
        set(re.findall(r"`?make (\w+)`?", TEXT))
        == {"run", "test", "bench", "long", "fuzz", "sbom", "audit", "secrets"}
        <= set(targets)
    )


def test_the_table_of_the_tests_variables_has_every_one() -> None:
    read = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(
            r"(?:environ\.get\(|environ\[|_VARIABLE: Final = )\"(MASKING_TEST_\w+)\"", path.read_text()
        )
    }
    assert {row[0].strip("`") for row in table("variable")} == read


def test_the_settings_file_that_is_shown_is_one(tmp_path: Path) -> None:
    (file,) = [block for blocks in sections().values() for block in blocks if block.language == "toml"]
    (tmp_path / "masking.toml").write_text(file.code)
    settings = load_settings({CONFIG_VARIABLE: str(tmp_path / "masking.toml")})
    assert settings.callback_urls == ("https://masking.example.org/infobip/callback",)
    assert set(tomllib.loads(file.code)) <= {each.name for each in fields(Settings)}


def test_the_table_of_settings_has_every_setting_and_its_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = {row[0].strip("`"): row[1].strip("`") for row in table("setting")}
    del rows[CONFIG_VARIABLE]
    defaults = load_settings({})
    assert rows == {variable(each.name): config_text(getattr(defaults, each.name)) for each in fields(Settings)}


def test_the_table_of_exit_codes_is_the_one_in_force() -> None:
    assert table("code") == [[str(each.value), each.meaning] for each in ExitCode]


def test_the_table_of_reasons_has_every_reason() -> None:
    told = [reason.strip("`") for row in table("reason") for reason in row[0].split(", ")]
    assert sorted(told) == sorted(Reason)


def test_the_table_of_limits_has_every_one() -> None:
    told = [option.strip("`") for row in table("option of a pool") for option in row[0].split(", ")]
    assert sorted(told) == sorted([*("--" + name.replace("_", "-") for name in FIELDS), "--country"])


def test_every_page_file_and_heading_that_is_named_is_there() -> None:
    linked = {
        (path, *target.partition("#")[::2])
        for path, text in PAGES.items()
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text)
    }
    assert len(linked) >= 30
    for path, file, heading in linked:
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{path.name} links to {file}"
        assert not heading or heading in headings(PAGES[target]), f"{path.name} links to {file}#{heading}"


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {(ROOT / target).resolve() for target in re.findall(r"\]\((docs/[^)#]+)\)", PAGES[README])}
    assert {README, *linked} == set(PAGES)


def test_a_command_that_fails_would_be_found(machine: ReadmeMachine) -> None:
    with pytest.raises(AssertionError, match="a command failed"):
        machine.follow(Block("sh", "masking pools list --nonsense", ""))
