"""Which clips a batch is made of: the one place where one's own recordings weigh more than a bank's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sayso.arrays import F64, I64, Rng


def draw_clips(members: I64, n: int, *, weights: F64, is_own: npt.NDArray[np.bool_], own_share: float, rng: Rng) -> I64:
    """`n` of one label's clips, with replacement.

    Parameters
    ----------
    members : (K,) indices of the label's clips, at least one unless n is 0
    n : int
    weights : (N,) of all clips: how often one is drawn, relative to the others
    is_own : (N,) of all clips: whether they are one's own, not the bank's
    own_share : float, share of the draws that are of one's own clips, however few these are, where there are both
        kinds; 0 makes no difference between the kinds
    rng : Rng

    Returns
    -------
    (n,) int64
    """
    own, bank = members[is_own[members]], members[~is_own[members]]
    if own_share == 0 or not len(own) or not len(bank):
        return _draw(members, n, weights, rng)
    from_own = rng.random(n) < own_share
    return np.where(from_own, _draw(own, n, weights, rng), _draw(bank, n, weights, rng))


def _draw(members: I64, n: int, weights: F64, rng: Rng) -> I64:
    if not n:
        return members[:0]
    shares = weights[members]
    return rng.choice(members, n, p=shares / shares.sum())
