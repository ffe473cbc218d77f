"""Which clips a batch is made of."""

import numpy as np
import pytest
from sayso.training.sampling import draw_clips

IS_OWN = np.arange(200) >= 190  # 190 clips of a bank, then 10 of one's own
ALIKE = np.ones(200)  # weights under which every clip is drawn as often


def draw(members, n, own_share, *, seed=0, weights=ALIKE):
    rng = np.random.default_rng(seed)
    return draw_clips(np.asarray(members), n, weights=weights, is_own=IS_OWN, own_share=own_share, rng=rng)


@pytest.mark.parametrize("own_share", [0.25, 0.5, 1.0])
def test_own_clips_have_their_share_however_few_they_are(own_share):
    drawn = draw([*range(100, 190), 190, 191, 192], 4000, own_share)
    assert IS_OWN[drawn].mean() == pytest.approx(own_share, abs=0.03)
    counts = np.bincount(drawn, minlength=200)
    assert (counts[190:193] > 0.8 * own_share * 4000 / 3).all()  # each of the three clips of one's own has its part
    assert set(drawn) <= set(range(100, 193))


def test_a_share_of_nothing_draws_all_clips_alike():
    counts = np.bincount(draw(np.arange(150, 200), 20_000, 0.0), minlength=200)
    assert not counts[:150].any()
    np.testing.assert_allclose(counts[150:], 400, rtol=0.2)


@pytest.mark.parametrize("own_share", [0.0, 0.5])
def test_clips_are_drawn_by_their_weights(own_share):
    weights = np.where(np.arange(200) % 2, 3.0, 1.0)
    drawn = draw(np.arange(150, 200), 20_000, own_share, weights=weights)
    assert (drawn % 2).mean() == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("members", [[1, 2, 3], [195, 196]])
def test_where_there_is_one_kind_it_has_all_draws(members):
    assert set(draw(members, 64, 0.5)) == set(members)


def test_no_draws_of_no_clips():
    assert len(draw(np.zeros(0, np.int64), 0, 0.5)) == 0
