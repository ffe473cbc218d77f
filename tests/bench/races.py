"""Sayso against others: the same networks, weights and batches, in turns, once their results agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.bench.arena import InTab, OnDesk, Racer
from tests.bench.contestant import LOSS, POSTERIORS
from tests.bench.measure import Found, Measure
from tests.bench.networks import BATCH, NETWORKS, tell_plans
from tests.bench.stage import Stage

SAYSO, ADDED, TUNED, ORT = "Sayso", "TensorFlow.js", "TensorFlow.js, tuned", "onnxruntime-web"
TFJS, ORT_WORKER = "tfjs/worker.js", "onnx/worker.js"
OTHER_BACKENDS = {
    "cpu": (),
    "webgl": ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
    "webgpu": ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"),
}
QUICK_NETWORK = "compact"
TURN_S = 0.8  # seconds of a turn: long for a clock that ticks every .1 ms, short enough to be interleaved
LIMITS = {LOSS: 1e-5, POSTERIORS: 1e-5}  # deviations that are allowed, as shares of the largest value
GRADIENT_LIMIT = 1e-4


class DisagreementError(Exception):
    """A contestant does not compute what the desk does."""


def check(racer: Racer, network: str) -> float:
    """The largest deviation of its results from the desk's.

    Raises
    ------
    DisagreementError : its loss, posteriors or gradients deviate by more than their limits
    """
    deviations = racer.deviations()
    for name, deviation in deviations.items():
        limit = LIMITS.get(name, GRADIENT_LIMIT)
        if not deviation <= limit:
            raise DisagreementError(f"{racer.name}, {network}: {name} is off by {deviation:.1e}: expected {limit:g}")
    return max(deviations.values())


def training(stage: Stage, rounds: int) -> Iterator[Found]:
    """Race whole training steps: forward pass, loss, backward pass, optimiser."""
    with stage.arena() as page:
        sayso, added, tuned = InTab(page, SAYSO, "sayso-worker.js"), InTab(page, ADDED, TFJS), InTab(page, TUNED, TFJS)
        yield from _introduce(added, "missing")
        yield from _introduce(tuned, "all")
        racers: list[Racer] = [sayso, added, tuned, OnDesk(stage.races)]
        for network in NETWORKS:
            for racer in racers:
                racer.load(network)
                what = f"{network}: {racer.name}, largest deviation of loss, gradients and posteriors from the desk's"
                yield Measure(what, check(racer, network), "of largest")
            speeds = _turns(racers, lambda racer: racer.train, rounds, times=BATCH)
            for racer in racers:
                what = f"training {network}, batches of {BATCH}: {racer.name}"
                key = ("training", network, racer.name)
                yield Measure.over(what, speeds[racer.name], "examples/s", key=key)
            yield from _ratios(f"training {network}", racers, speeds)


def inference(stage: Stage, rounds: int) -> Iterator[Found]:
    """Race the recognition of one window, from its frames to its posteriors."""
    yield from tell_plans()
    with stage.arena() as page:
        sayso, tfjs, ort = InTab(page, SAYSO, "sayso-worker.js"), InTab(page, TUNED, TFJS), InTab(page, ORT, ORT_WORKER)
        tfjs.ask("start", "wasm", "all")
        yield f"{TUNED}: batch norms folded, activations fused. {ORT} {ort.ask('version')}: wasm, SIMD, one thread."
        racers: list[Racer] = [sayso, tfjs, ort, OnDesk(stage.races)]
        for network in NETWORKS:
            for racer in racers:
                racer.load(network)
                check(racer, network)
            speeds = _turns(racers, lambda racer: racer.infer, rounds)
            for racer in racers:
                times_ms = [1000 / speed for speed in speeds[racer.name]]
                key = ("inference", network, racer.name)
                yield Measure.over(f"inference of one window, {network}: {racer.name}", times_ms, "ms", key=key)
            yield from _ratios(f"inference, {network}", racers, speeds)


def backends(stage: Stage) -> Iterator[Found]:
    """Time one step of TensorFlow.js as it comes on its other backends; the processor draws for the graphics ones."""
    for backend, flags in OTHER_BACKENDS.items():
        with stage.arena(*flags, without="--disable-gpu") as page:
            racer = InTab(page, f"TensorFlow.js on {backend}, as it comes", TFJS)
            racer.ask("start", backend, "none")
            racer.load(QUICK_NETWORK)
            check(racer, QUICK_NETWORK)
            racer.train(1)
            yield Measure(f"training {QUICK_NETWORK}: {racer.name} (one step)", BATCH / racer.train(1), "examples/s")


def _introduce(racer: InTab, patches: str) -> Iterator[str]:
    """Start TensorFlow.js, and say which version it is and how it was patched."""
    about = racer.ask("start", "wasm", patches)
    kernels = "; ".join(f"{kernel}, {how}" for kernel, how in about["kernels"].items())
    norms = "batch norm with its gradient in closed form" if patches == "all" else "batch norm by moments and batchNorm"
    yield f"{racer.name} {about['version']}: wasm, SIMD, one thread; {norms}; AdamW on one vector. Kernels: {kernels}."


def _turns(
    racers: Sequence[Racer], work: Callable[[Racer], Callable[[int], float]], rounds: int, times: int = 1
) -> dict[str, list[float]]:
    """Let racers work in turns, A B A B ...; returns pieces of work a second, multiplied by `times`, for each round."""
    n_pieces = {racer.name: _pieces_a_turn(work(racer)) for racer in racers}
    speeds: dict[str, list[float]] = {racer.name: [] for racer in racers}
    for _ in range(rounds):
        for racer in racers:
            n = n_pieces[racer.name]
            speeds[racer.name].append(times * n / work(racer)(n))
    return speeds


def _pieces_a_turn(work: Callable[[int], float]) -> int:
    """How many pieces of work fill a turn; finding out also warms the racer up."""
    n = 1
    while (took_s := work(n)) < TURN_S / 4:
        n = max(2 * n, int(n * TURN_S / 3 / max(took_s, 1e-3)))
    return max(1, round(n * TURN_S / took_s))


def _ratios(what: str, racers: Sequence[Racer], speeds: dict[str, list[float]]) -> Iterator[Measure]:
    """How many times as fast as each other racer the first one is, by its speed in the same round."""
    first, *others = racers
    for other in others:
        ratios = [a / b for a, b in zip(speeds[first.name], speeds[other.name], strict=True)]
        yield Measure.over(f"{what}: {first.name} / {other.name}", ratios, "times")
