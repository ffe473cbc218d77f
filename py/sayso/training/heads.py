"""Heads on the vectors of a speech embedding that are fitted in a moment, without an iteration over a network.

A head is a network that sees the vectors of a window, (n_vectors, D). It pools them over time, so that it does not
matter where in the window the word is. It learns from a few examples of each word, and many of "other". Neither kind
draws random numbers: the same examples give the same head.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sayso.arrays import F32, F64, I64
from sayso.errors import SaysoError
from sayso.labels import OTHER
from sayso.models.heads import HEADS
from sayso.models.model_file import fill
from sayso.models.networks import Network
from sayso.nn.layers import Dense, Standardise, UnitLength
from sayso.nn.losses import softmax

OTHER_SHARE = 0.03  # share of the examples of "other" that prototypes take for a word
SHARPNESS = 20.0  # a prototype's logits per unit of cosine; the order of posteriors does not depend on it
L2 = 0.003  # factor of half the squared weights, beside the mean over labels of their examples' mean losses
MAX_STEPS = 1000  # a fit that has not converged ends after so many gradient steps
TOLERANCE = 1e-4  # a fit has converged where no slope of its loss is steeper
LEAST_DEVIATION = 1e-3  # standard deviation that a value counts as having at least

Examples = Mapping[str, F32]  # windows of vectors by label, (N, n_vectors, D) each


def prototype_head(examples: Examples) -> Network:
    """A head that knows each word by the mean direction of its examples, where "other" varies alike in all directions.

    A word's score is a cosine. "Other" scores what 3 % of its examples reach with their best word, so that about so
    many of them are taken for words.

    Parameters
    ----------
    examples : one or more windows of every label, "other" among them; the head's labels are in the same order

    Raises
    ------
    SaysoError : `bad_label`, `label_empty`, `features_mismatch`, `audio_not_finite`

    Source
    ------
    Prototypes: Snell, Swersky & Zemel 2017, "Prototypical networks for few-shot learning", here by cosine. The
    covariance of "other" is shrunk as far as its sampling error suggests: Ledoit & Wolf 2004, "A well-conditioned
    estimator for large-dimensional covariance matrices", lemma 3.2 and section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.training.heads import prototype_head
    >>> rng = np.random.default_rng(1)
    >>> examples = {label: rng.normal(size=(n, 16, 4)).astype(np.float32) for label, n in (("up", 1), ("other", 200))}
    >>> examples["up"][..., 0] += 9
    >>> head = prototype_head(examples)
    >>> [int(head.forward(examples[label][:1]).argmax()) for label in examples]
    [0, 1]
    """
    _check(examples)
    network = _network("prototypes", examples)
    pooled = {label: _pooled(network, windows) for label, windows in examples.items()}
    mean, whitening = _whitening(pooled[OTHER])
    whiten = network.body.layers["whiten"].parameters
    fill(whiten, {"weight": whitening, "bias": -mean @ whitening})
    words = [label for label in examples if label != OTHER]
    directions = {label: network.body.forward(network.standardise.forward(examples[label])) for label in examples}
    means = np.array([directions[word].mean(axis=0) for word in words], np.float64)
    prototypes = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), UnitLength.EPS)
    taken_from = np.quantile((directions[OTHER] @ prototypes.T).max(axis=1), 1 - OTHER_SHARE)
    head = network.head.parameters
    for i, label in enumerate(examples):
        if label == OTHER:
            head["bias"][i] = SHARPNESS * taken_from
        else:
            head["weight"][:, i] = SHARPNESS * prototypes[words.index(label)]
    return network


def logistic_head(examples: Examples, *, l2: float = L2) -> Network:
    """A head that is multinomial logistic regression, in which every label counts alike, however many its examples.

    Parameters
    ----------
    examples : one or more windows of every label, "other" among them; the head's labels are in the same order
    l2 : float > 0, factor of half the squared weights, where each pooled value has a standard deviation of 1

    Raises
    ------
    SaysoError : `bad_label`, `label_empty`, `features_mismatch`, `audio_not_finite`
    """
    _check(examples)
    network = _network("logistic", examples)
    groups = [_pooled(network, windows) for windows in examples.values()]
    others = groups[list(examples).index(OTHER)]
    mean, deviation = others.mean(axis=0), np.maximum(others.std(axis=0), LEAST_DEVIATION)
    x = (np.concatenate(groups) - mean) / deviation
    targets = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    weight = fitted(np.concatenate([x, np.ones((len(x), 1))], axis=1), targets, l2)
    scaled = weight[:-1] / deviation[:, None]
    fill(network.head.parameters, {"weight": scaled, "bias": weight[-1] - mean @ scaled})
    return network


def fitted(x: F64, targets: I64, l2: float) -> F64:
    """The weights, (D + 1, L), that `logistic_loss` is least at, or those after MAX_STEPS gradient steps.

    Parameters
    ----------
    x : (N, D + 1), with ones in the last column
    targets : (N,) int64, 0 to L - 1, each of them at least once

    Source
    ------
    Gradient descent with the momentum of Nesterov 1983, begun anew where it leads uphill: O'Donoghue & Candès 2015,
    "Adaptive restart for accelerated gradient schemes", section 3.2. The curvature of softmax is at most 1/2: Böhning
    1992, "Multinomial logistic regression algorithm".
    """
    row_weights = balance(targets)
    weighted = x * np.sqrt(row_weights)[:, None]
    step_size = 1 / (np.linalg.eigvalsh(weighted.T @ weighted)[-1] / 2 + l2)
    weight = ahead = np.zeros((x.shape[1], targets.max() + 1))
    momentum = 1.0
    for _ in range(MAX_STEPS):
        _, gradient = logistic_loss(ahead, x, targets, row_weights, l2)
        if np.abs(gradient).max() <= TOLERANCE:
            return ahead
        stepped = ahead - step_size * gradient
        if np.sum(gradient * (stepped - weight)) > 0:
            momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = stepped + (momentum - 1) / following * (stepped - weight)
        weight, momentum = stepped, following
    return weight


def logistic_loss(weight: F64, x: F64, targets: I64, row_weights: F64, l2: float) -> tuple[float, F64]:
    """The weighted cross-entropy, in nats, with l2 / 2 times the squared weights, and its gradient.

    Parameters
    ----------
    weight : (D + 1, L); the last row, the biases, is not penalised
    x : (N, D + 1), with ones in the last column
    targets : (N,) int64, 0 to L - 1
    row_weights : (N,), which sum to 1
    l2 : float >= 0
    """
    posteriors, rows = softmax(x @ weight), np.arange(len(x))
    penalised = weight.copy()
    penalised[-1] = 0
    likelihoods = np.maximum(posteriors[rows, targets], np.finfo(np.float64).tiny)
    loss = -float(row_weights @ np.log(likelihoods)) + l2 / 2 * float(np.sum(penalised**2))
    posteriors[rows, targets] -= 1
    return loss, x.T @ (posteriors * row_weights[:, None]) + l2 * penalised


def balance(targets: I64) -> F64:
    """Weights of examples that sum to the same for each label, and to 1 in all."""
    counts = np.bincount(targets)
    return np.asarray(1 / (len(counts) * counts[targets]))


def shrunk_covariance(centred: F64) -> F64:
    """Ledoit and Wolf's estimate of the covariance of rows whose mean is 0: (N, D) to (D, D)."""
    n, width = centred.shape
    sample = centred.T @ centred / n
    target = np.trace(sample) / width * np.eye(width)
    distance = np.sum((sample - target) ** 2)
    error = (np.sum(np.sum(centred**2, axis=1) ** 2) / n - np.sum(sample**2)) / n
    share = np.clip(error / distance, 0, 1) if distance > 0 else 1.0
    return np.asarray(share * target + (1 - share) * sample)


def _whitening(others: F64) -> tuple[F64, F64]:
    """Mean and matrix, (D,) and (D, D), of the map after which rows vary alike in all directions."""
    mean = others.mean(axis=0)
    covariance = shrunk_covariance(others - mean)
    least = LEAST_DEVIATION**2  # one row alone does not vary
    # any other whitening is this one turned, which leaves cosines as they are
    return mean, np.linalg.inv(np.linalg.cholesky(covariance + least * np.eye(len(covariance)))).T


def _network(name: str, examples: Examples) -> Network:
    """A head whose weights are 0; its standardisation is that of "other"."""
    others = examples[OTHER]
    n_vectors, n_values = others.shape[1:]
    body = HEADS[name].build_body((n_vectors, n_values), None)
    (width,) = body.output_shape((n_vectors, n_values))
    head = Dense(width, len(examples), None)
    network = Network(name, Standardise(n_values), body, head, input_shape=(n_vectors, n_values))
    state = network.standardise.state
    state["mean"][...] = others.mean(axis=(0, 1))
    state["std"][...] = np.maximum(others.std(axis=(0, 1)), LEAST_DEVIATION)
    return network


def _pooled(network: Network, windows: F32) -> F64:
    """(N, n_vectors, D) to (N, 3 D): what the first layers of a head make of windows."""
    return network.body.layers["pool"].forward(network.standardise.forward(windows)).astype(np.float64)


def _check(examples: Examples) -> None:
    """Refuse examples that no head can be made of."""
    if OTHER not in examples or len(examples) == 1:
        raise SaysoError("bad_label", f"examples of {list(examples)!r:.100}: expected {OTHER!r} and one word or more")
    shape = examples[OTHER].shape[1:]
    if len(shape) != 2 or 0 in shape:
        raise SaysoError("features_mismatch", f"examples of {OTHER!r} of shape {examples[OTHER].shape}: "
                         "expected (N, n_vectors, D)")  # fmt: skip
    for label, windows in examples.items():
        if not len(windows):
            raise SaysoError("label_empty", f"no examples of {label!r:.60}: expected one or more")
        if windows.shape[1:] != shape:
            raise SaysoError("features_mismatch", f"examples of {label!r:.60} of shape {windows.shape}: "
                             f"expected (N, {shape[0]}, {shape[1]})")  # fmt: skip
        if not np.isfinite(windows).all():
            raise SaysoError("audio_not_finite", f"examples of {label!r:.60} hold NaN or infinity: "
                             "expected vectors of sound")  # fmt: skip
