"""Sayso against others: the same networks, weights and batches, in turns, once their results agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.bench.arena import InTab, OnDesk, Racer
from tests.bench.contestant import LOSS, POSTERIORS
from tests.bench.measure import Measure
from tests.bench.networks import BATCH, NETWORKS
from tests.bench.stage import Stage

SAYSO, TFJS = "Sayso", "tfjs/worker.js"
OTHER_BACKENDS = {
    "cpu": (),
    "webgl": ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
    "webgpu": ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"),
}
TURN_S = 0.8  # a turn is about so long: enough for a clock that ticks every .1 ms, short enough to be interleaved
LIMITS = {LOSS: 1e-5, POSTERIORS: 1e-5}  # of the largest value
GRADIENT_LIMIT = 1e-4


def check(racer: Racer, network: str) -> float:
    """The largest deviation of its gradients from the desk's.

    Raises
    ------
    AssertionError : its loss, posteriors or gradients are not those of the desk
    """
    deviations = racer.deviations()
    for name, deviation in deviations.items():
        limit = LIMITS.get(name, GRADIENT_LIMIT)
        assert deviation <= limit, f"{racer.name}, {network}: {name} is off by {deviation:.1e}, allowed are {limit:g}"
    return max(deviations.values())


def training(stage: Stage, rounds: int) -> Iterator[Measure]:
    """Whole steps: forward, loss, backward, optimiser."""
    with stage.empty_page() as page:
        racers: list[Racer] = [
            InTab(page, SAYSO, "sayso-worker.js"),
            InTab(page, "TensorFlow.js, missing kernels added", TFJS, "wasm", "missing"),
            InTab(page, "TensorFlow.js, all slow kernels replaced", TFJS, "wasm", "all"),
            OnDesk(stage.races),
        ]
        yield from _train(racers, rounds)


def inference(stage: Stage, rounds: int) -> Iterator[Measure]:
    """One window in, posteriors out."""
    with stage.empty_page() as page:
        racers: list[Racer] = [
            InTab(page, SAYSO, "sayso-worker.js"),
            InTab(page, "TensorFlow.js", TFJS, "wasm", "all"),
            InTab(page, "onnxruntime-web", "onnx/worker.js"),
            OnDesk(stage.races),
        ]
        yield from _infer(racers, rounds)


def backends(stage: Stage) -> Iterator[Measure]:
    """TensorFlow.js as it comes, on its other backends; where there is no graphics card they draw on the processor."""
    for backend, flags in OTHER_BACKENDS.items():
        with stage.empty_page(*flags, without="--disable-gpu") as page:
            racer = InTab(page, f"TensorFlow.js on {backend}", TFJS, backend, "none")
            for network in ("classic", "compact"):
                racer.load(network)
                check(racer, network)
                racer.train(1)
                yield Measure(f"training {network}: {racer.name}", BATCH / racer.train(1), "examples/s")


def _train(racers: Sequence[Racer], rounds: int) -> Iterator[Measure]:
    for network in NETWORKS:
        for racer in racers:
            racer.load(network)
            yield Measure(f"{network}: {racer.name}, largest deviation", check(racer, network), "of 1")
        speeds = _turns(racers, lambda racer: racer.train, rounds, times=BATCH)
        for racer in racers:
            yield Measure.over(
                f"training {network}, batches of {BATCH}: {racer.name}", speeds[racer.name], "examples/s"
            )
        yield from _ratios(f"training {network}", racers, speeds)


def _infer(racers: Sequence[Racer], rounds: int) -> Iterator[Measure]:
    for network in NETWORKS:
        for racer in racers:
            racer.load(network)
            check(racer, network)
        speeds = _turns(racers, lambda racer: racer.infer, rounds)
        for racer in racers:
            times_ms = [1000 / speed for speed in speeds[racer.name]]
            yield Measure.over(f"inference of one window, {network}: {racer.name}", times_ms, "ms")
        yield from _ratios(f"inference, {network}", racers, speeds)


def _turns(
    racers: Sequence[Racer], work: Callable[[Racer], Callable[[int], float]], rounds: int, times: int = 1
) -> dict[str, list[float]]:
    """A B A B ...: `times` for each piece of work done in a second, by the racer's name, one for each round."""
    n_pieces = {racer.name: _pieces_a_turn(work(racer)) for racer in racers}
    speeds: dict[str, list[float]] = {racer.name: [] for racer in racers}
    for _ in range(rounds):
        for racer in racers:
            n = n_pieces[racer.name]
            speeds[racer.name].append(times * n / work(racer)(n))
    return speeds


def _pieces_a_turn(work: Callable[[int], float]) -> int:
    """How many fill a turn; also warms up."""
    n = 1
    while (took_s := work(n)) < TURN_S / 4:
        n = max(2 * n, int(n * TURN_S / 3 / max(took_s, 1e-3)))
    return max(1, round(n * TURN_S / took_s))


def _ratios(what: str, racers: Sequence[Racer], speeds: dict[str, list[float]]) -> Iterator[Measure]:
    """How many times as fast as each of the others the first one is, in the same round."""
    first, *others = racers
    for other in others:
        ratios = [a / b for a, b in zip(speeds[first.name], speeds[other.name], strict=True)]
        yield Measure.over(f"{what}: {first.name} / {other.name}", ratios, "times")
