"""Which clips a batch is made of."""

import numpy as np
import pytest
from sayso.sampling import draw_clips

IS_OWN = np.arange(200) >= 190  # of label A: 90 of a bank and 10 of one's own


def draw(members, n, own_share, seed=0):
    return draw_clips(np.asarray(members), n, is_own=IS_OWN, own_share=own_share, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("own_share", [0.25, 0.5, 1.0])
def test_own_clips_have_their_share_however_few_they_are(own_share):
    drawn = draw([*range(100, 190), 190, 191, 192], 4000, own_share)
    assert IS_OWN[drawn].mean() == pytest.approx(own_share, abs=0.03)
    counts = np.bincount(drawn, minlength=200)
    assert (counts[190:193] > 0.8 * own_share * 4000 / 3).all()  # and each of them its own
    assert set(drawn) <= set(range(100, 193))


def test_a_share_of_nothing_draws_all_clips_alike():
    members = np.arange(150, 200)
    assert np.array_equal(draw(members, 64, 0.0), np.random.default_rng(0).choice(members, 64))


@pytest.mark.parametrize("members", [[1, 2, 3], [195, 196]])
def test_where_there_is_one_kind_it_has_all_draws(members):
    assert set(draw(members, 64, 0.5)) == set(members)


def test_no_draws_of_no_clips():
    assert len(draw(np.zeros(0, np.int64), 0, 0.5)) == 0
