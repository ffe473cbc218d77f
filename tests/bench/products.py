"""How close training comes to the machine's limit: its matrix products, and the quickest they can be in the tab."""

from __future__ import annotations

import ast
import io
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.arena import InTab
from tests.bench.measure import Measure
from tests.bench.networks import BATCH, NETWORKS
from tests.bench.stage import PACKAGE, Stage

Layout = tuple[int, ...]  # m, k and n of a product (m, k) times (k, n), then the byte strides of both operands

LIMIT = "limit"
SQUARE = (512, 512, 512)
WATCH_S = 1.0  # seconds that a round of watched steps lasts
PRODUCTS = {"matmul", "dot"}  # NumPy's functions that compute matrix products


def products(stage: Stage, rounds: int) -> Iterator[Measure]:
    """The share of a step that is spent inside matrix products, and their speed as a share of the tab's peak."""
    (stage.races / "watched.zip").write_bytes(watched_package(PACKAGE))
    with stage.arena() as page:
        tab = InTab(page, "watched", "products-worker.js")
        square_s = tab.ask("peak", *SQUARE)
        yield Measure("peak of the tab, float32, 512 x 512 x 512", _flops(SQUARE) / square_s / 1e9, "GFLOP/s")
        for network in NETWORKS:
            tab.load(network)
            n_steps = max(3, round(WATCH_S / tab.train(3) * 3))
            yield from _report(network, *_least(tab, n_steps, rounds))


def _least(tab: InTab, n_steps: int, rounds: int) -> tuple[dict[str, Any], dict[Layout, float]]:
    """The quickest of the rounds of watched steps, and the least seconds of each product, measured in turns."""
    peaks_s: dict[Layout, float] = {}
    watched = []
    for _ in range(rounds):
        watched.append(tab.ask("watch", n_steps))
        for layout in map(_layout, watched[-1]["products"]):
            peaks_s[layout] = min(peaks_s.get(layout, math.inf), tab.ask("peak", *layout))
    return min(watched, key=lambda steps: steps["stepS"]), peaks_s


def _layout(product: dict[str, Any]) -> Layout:
    return *product["shape"], *product["strides"]


def _report(network: str, watched: dict[str, Any], peaks_s: dict[Layout, float]) -> Iterator[Measure]:
    step_s, products = watched["stepS"], watched["products"]
    for product in products:
        product["peakS"] = product["calls"] * peaks_s[_layout(product)]
        product["flops"] = product["calls"] * _flops(product["shape"])
    inside_s, peak_s, flops = (sum(product[name] for product in products) for name in ("seconds", "peakS", "flops"))
    share = 100 * inside_s / step_s
    yield Measure(f"{network}: share of a training step inside matrix products", share, "%", details=products)
    yield Measure(f"{network}: speed of these products", flops / inside_s / 1e9, "GFLOP/s")
    yield Measure(f"{network}: peak of the tab for their shapes", flops / peak_s / 1e9, "GFLOP/s")
    yield Measure(f"{network}: the products' speed as a share of that peak", 100 * peak_s / inside_s, "%")
    yield Measure(f"{network}: a whole step's speed as a share of that peak", 100 * peak_s / step_s, "%")
    what = f"training {network}, were a step nothing but its products at that peak"
    yield Measure(what, BATCH / peak_s, "examples/s", key=("training", network, LIMIT))


def _flops(shape: tuple[int, ...]) -> int:
    m, k, n = shape
    return 2 * m * k * n


def watched_package(package: Path) -> bytes:
    """A zip of a package whose every matrix product goes through `watch.matmul`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for module in sorted(package.rglob("*.py")):
            archive.writestr(module.relative_to(package.parent).as_posix(), watched_source(module.read_text()))
    return content.getvalue()


def watched_source(source: str) -> str:
    """The same module with `watch.matmul(a, b)` for `a @ b` and for what NumPy's functions do."""
    tree = ast.fix_missing_locations(_Watched().visit(ast.parse(source)))
    is_first = (isinstance(node, ast.Expr) or getattr(node, "module", "") == "__future__" for node in tree.body)
    n_first = next((i for i, first in enumerate(is_first) if not first), len(tree.body))  # docstring and __future__
    tree.body.insert(n_first, ast.Import([ast.alias("watch")]))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Watched(ast.NodeTransformer):
    WATCH = ast.Attribute(ast.Name("watch", ast.Load()), "matmul", ast.Load())

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(self.WATCH, [node.left, node.right], []) if isinstance(node.op, ast.MatMult) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in PRODUCTS and ast.unparse(called.value) == "np":
            return ast.Call(self.WATCH, node.args, node.keywords)
        return node
