"""The benchmark's own parts: that it compares what it says it compares."""

import sys
from types import ModuleType

import numpy as np
import pytest

from tests.bench.chart import draw
from tests.bench.contestant import Contestant
from tests.bench.measure import Measure
from tests.bench.networks import NETWORKS, plan_of, tell_plans, write_race
from tests.bench.products import watched_source
from tests.bench.races import DisagreementError, check
from tests.bench.watch import matmul, peak_s, watch

SOURCE = '''
"""A module."""

from __future__ import annotations

import numpy as np

def product(a, b, c):
    out = np.empty((2, 2))
    np.matmul(a, b, out=out)
    return a.T @ out + np.dot(a, b) @ c, seen
'''


@pytest.fixture
def contestant(tmp_path):
    write_race("compact", tmp_path)
    return Contestant(str(tmp_path), "compact")


def test_every_product_of_a_watched_module_is_seen(monkeypatch):
    seen = []
    watch = ModuleType("watch")
    watch.matmul = lambda a, b, **options: seen.append((a.shape, b.shape)) or matmul(a, b, **options)
    monkeypatch.setitem(sys.modules, "watch", watch)
    module = {"seen": seen}
    exec(watched_source(SOURCE), module)
    a, b, c = np.random.default_rng(0).standard_normal((3, 2, 2))
    result, _ = module["product"](a, b, c)
    np.testing.assert_allclose(result, a.T @ (a @ b) + (a @ b) @ c)
    assert len(seen) == 4
    assert module["__doc__"] == "A module."


@pytest.mark.parametrize("network", NETWORKS)
def test_a_plan_names_every_tensor(network, tmp_path):
    write_race(network, tmp_path)
    built = Contestant(str(tmp_path), network).network

    def names(plan):
        for step in plan:
            yield step["name"]
            yield from names(step.get("branch", []) + step.get("skip", []))

    owners = {name.rpartition(".")[0] for name in built.tensors}
    assert owners <= set(names(plan_of(built.stack)))


def test_the_report_tells_of_each_network_whether_it_is_planned():
    told = list(tell_plans())
    assert [line for line in told if ", compact: planned." in line]
    assert [line for line in told if ", recurrent: not planned" in line]


def test_a_contestant_that_agrees_may_race(contestant):
    contestant.name = "this desk"
    assert check(contestant, "compact") < 1e-6


def test_a_contestant_that_does_not_agree_may_not(contestant):
    contestant.name = "another"
    contestant.network.tensors["conv3.weight"][0, 0, 0] += 0.01
    with pytest.raises(DisagreementError, match=r"another, compact: .* is off by .*e-0\d: expected"):
        check(contestant, "compact")


def test_the_chart_shows_each_contestant_in_each_race():
    races = {"training": "examples/s", "inference": "ms"}
    measures = [
        Measure.over("raced", [1.0, 2.0, 3.0], unit, key=(kind, network, name))
        for kind, unit in races.items()
        for network in NETWORKS
        for name in ("Sayso", "Another & Co")
    ]
    svg = draw(measures)
    assert svg.count("Another &amp; Co</text>") == len(races)
    assert svg.count('class="sayso"') == svg.count('class="bar"') == len(races) * len(NETWORKS)


def test_a_peak_is_measured_in_the_layout_of_the_product_too(monkeypatch):
    laid_out = []
    monkeypatch.setattr("tests.bench.watch._least_s", lambda a, b, out: laid_out.append((a.strides, b.strides)) or 1.0)
    signal = np.zeros(40, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(signal, 8)  # the windows overlap
    found = watch(lambda n_steps: matmul(windows, np.zeros((8, 3), np.float32)) is None, 1)
    (product,) = found["products"]
    peak_s(*product["shape"], *product["strides"])
    assert len(laid_out) == 5
    assert laid_out[-1] == ((4, 4), (12, 4))
