"""The documentation's table, the dashboard and the alerts name what is exposed, and all of it is explained."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.composition import wire
from adapters.storage.registry import open_store
from adapters.telemetry.catalogue import METRICS, Kind
from adapters.telemetry.exposition import Exposition
from adapters.telemetry.pool_use import PoolUse
from masking_core.home import Home
from masking_core.instants import DAY
from masking_core.planning.plan import Limit
from masking_core.pool_outlook import Crowding, Forecast, PoolOutlook
from masking_core.pools import PoolPolicy
from readme.readme_document import ROOT, table
from support.memory_ring import MemoryRing
from support.server_choice import missing
from telemetry.scraping import names, samples

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "masking.json"
NAME = re.compile(r"\bmasking_[a-z_]+")
SUFFIXES = ("_bucket", "_sum", "_count")
NEVER_LABELS = {"caller", "callee", "number", "dialled", "session", "call", "participant", "id"}


@pytest.fixture
def page(folder: str) -> bytes:
    """All that there is to expose, each with made-up labels."""
    del folder
    services = wire(open_store("memory://"), MemoryRing())
    services.pools.create("ride-uk", PoolPolicy())
    usage, forecast = services.pools.usage("ride-uk"), Forecast(DAY, Limit.CALL_CAPACITY)
    outlook = PoolOutlook(usage, 0, Crowding(Home("", ""), 4, 1, "a session"), 10, 3, (), forecast)
    metrics = services.telemetry.metrics
    for observe in (metrics.callback, metrics.status_report, metrics.rpc, metrics.stream):
        observe(("one", "other"), 1)
    metrics.shed(("queue",), 1)
    return Exposition(metrics, (PoolUse(services.pools, lambda: [outlook]),)).text()


@pytest.fixture(scope="module")
def promtool() -> str:
    return shutil.which("promtool") or missing("promtool is not installed; .ci/install-servers does that")


def test_the_catalogue_is_what_is_exposed(page: bytes) -> None:
    assert names(page) == {metric.name for metric in METRICS}
    exposed: dict[str, set[str]] = {}
    for name, labels in samples(page):
        exposed.setdefault(family(name), set()).update(label for label, _ in labels if label != "le")
    assert exposed == {metric.name: set(metric.labels) for metric in METRICS}


def test_the_readme_has_every_metric_with_its_labels() -> None:
    told = {row[0].strip("`"): (row[1], set(re.findall(r"`(\w+)`", row[2]))) for row in table("metric")}
    assert told == {metric.name: (metric.kind.value, set(metric.labels)) for metric in METRICS}


def test_names_say_their_unit_and_no_label_can_hold_somebody() -> None:
    for metric in METRICS:
        assert metric.name.startswith("masking_")
        lasts = metric.name.endswith("_seconds") and not metric.name.endswith("_timestamp_seconds")
        assert lasts == (metric.kind is Kind.HISTOGRAM)
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
        assert not NEVER_LABELS & set(metric.labels)


@pytest.mark.parametrize("file", [ALERTS, DASHBOARD], ids=["alerts", "dashboard"])
def test_dashboard_and_alerts_ask_for_what_is_exposed(file: Path, page: bytes) -> None:
    exposed = {name for name, _ in samples(page)}
    asked = set(NAME.findall(" ".join(expressions(file))))
    assert asked
    assert asked <= exposed
    for expression in expressions(file):
        for name, matchers in re.findall(r"(masking_[a-z_]+)\{([^}]*)\}", expression):
            labels = next(metric.labels for metric in METRICS if metric.name == family(name))
            assert set(re.findall(r"(\w+)(?:=~|!=|=)", matchers)) <= set(labels)


def test_the_dashboard_shows_every_metric_and_no_panel_twice() -> None:
    shown = {family(name) for expression in expressions(DASHBOARD) for name in NAME.findall(expression)}
    assert shown == {metric.name for metric in METRICS}
    document = json.loads(DASHBOARD.read_text())
    panels = [panel["id"] for panel in document["panels"]]
    places = [tuple(panel["gridPos"].values()) for panel in document["panels"]]
    assert len(set(panels)) == len(panels)
    assert len(set(places)) == len(places)


def test_promtool_finds_the_alerts_right_and_each_fires_on_what_it_is_for(promtool: str, tmp_path: Path) -> None:
    tests = (Path(__file__).parent / "alerts_test.yml").read_text()
    (tmp_path / "alerts_test.yml").write_text(tests.replace("RULES", str(ALERTS)))
    for command in (["check", "rules", str(ALERTS)], ["test", "rules", str(tmp_path / "alerts_test.yml")]):
        done = subprocess.run([promtool, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_test() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
    tests = (Path(__file__).parent / "alerts_test.yml").read_text()
    fired = re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n\s+- exp_labels", tests)
    silent = re.findall(r"alertname: (\w+), exp_alerts: \[\]", tests)
    assert alerts == set(fired) == set(silent)
    assert len(alerts) == 10


def test_promtool_finds_the_metrics_well_named(promtool: str, page: bytes) -> None:
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def family(name: str) -> str:
    """The metric that a sample belongs to."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(f"_seconds{suffix}")), name)


def expressions(file: Path) -> list[str]:
    """The PromQL in a file."""
    if file == ALERTS:
        return re.findall(r"expr: (?:>-\n)?((?:.|\n)*?)\n\s+(?:for|labels):", file.read_text())
    return list(_values(json.loads(file.read_text()), "expr"))


def _values(document: Any, key: str) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name == key:
                yield value
            else:
                yield from _values(value, key)
    elif isinstance(document, list):
        for each in document:
            yield from _values(each, key)
