"""Plots of a measurement. Needs the extra ``plot``."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

from latency.loads import Reading
from latency.report import FIGURES, ratios, where

mpl.use("svg")
from matplotlib import pyplot as plt

_PERCENTILES = ("p50", "p90", "p99", "p999")


def draw(readings: Sequence[Reading], folder: Path) -> None:
    """Throughput by connections, and latency by percentile at each share of the saturation."""
    names = list(dict.fromkeys(reading.system for reading in readings))
    _throughput([reading for reading in readings if not reading.share], names, folder / "throughput.svg")
    for share in sorted({reading.share for reading in readings if reading.share}):
        here = [reading for reading in readings if reading.share == share]
        _latency(here, names, folder / f"latency-{share * 100:.0f}.svg", share)


def draw_growth(ratios: Mapping[str, Mapping[int, tuple[float, float]]], folder: Path) -> None:
    """What a callback costs by the number of sessions, by store: in the clock's time, and in the processor's."""
    figure, both = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
    for kind_of_time, (axes, title) in enumerate(zip(both, ("by the clock", "by the processor"), strict=True)):
        for store, found in ratios.items():
            axes.plot(list(found), [each[kind_of_time] for each in found.values()], marker="o", label=store)
        axes.set_xscale("log")
        axes.set(xlabel="sessions", title=title, ylim=(0, None))
        axes.grid(visible=True, alpha=0.3)
    both[0].set(ylabel="a callback, times that with the fewest")
    both[0].legend(fontsize="small")
    figure.savefig(folder / "growth.svg", bbox_inches="tight")
    plt.close(figure)


def _throughput(readings: Sequence[Reading], names: Sequence[str], path: Path) -> None:
    figure, axes = plt.subplots(figsize=(8, 5))
    for name in names:
        places = sorted({where(reading) for reading in readings if reading.system == name})
        found = [(place[0], ratios(readings, name, place, FIGURES["throughput"])) for place in places]
        points = [(connections, statistics.median(values)) for connections, values in found if values]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set_xscale("log", base=2)
    axes.set(xlabel="connections", ylabel="throughput, share of the floor", ylim=(0, None))
    _finish(figure, axes, path)


def _latency(readings: Sequence[Reading], names: Sequence[str], path: Path, share: float) -> None:
    figure, axes = plt.subplots(figsize=(8, 5))
    for name in names:
        mine = [reading for reading in readings if reading.system == name]
        if mine:
            points = [
                statistics.median(getattr(each, percentile) for each in mine) / 1e3 for percentile in _PERCENTILES
            ]
            axes.plot(["50", "90", "99", "99.9"], points, marker="o", label=name)
    axes.set_yscale("log")
    axes.set(xlabel="percentile", ylabel="milliseconds", title=f"open-loop, {share:.0%} of each one's saturation")
    _finish(figure, axes, path)


def _finish(figure: plt.Figure, axes: plt.Axes, path: Path) -> None:
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)
