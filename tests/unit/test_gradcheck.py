"""The gradient check itself."""

import numpy as np
import pytest

from .gradcheck import check_gradient


def test_a_right_gradient_passes():
    x = np.array([0.5, -1.0, 2.0])
    check_gradient("cube", 3 * x**2, lambda: float((x**3).sum()), x)
    assert x.tolist() == [0.5, -1.0, 2.0]


def test_a_wrong_gradient_is_shown_beside_the_numeric_one():
    x = np.array([0.5, -1.0, 2.0])
    wrong = 3 * x**2
    wrong[1] *= 1 + 1e-5
    with pytest.raises(AssertionError, match=r"(?s)1 of 3 gradients differ.*1.*analytic \+3.00003.*numeric \+3.00000"):
        check_gradient("cube", wrong, lambda: float((x**3).sum()), x)
