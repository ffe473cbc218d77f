"""Runs inside Pyodide: a few results of every compiled part of NumPy, and the speed of a matrix product."""

import itertools
import time

import numpy as np

N = 512
rng = np.random.default_rng(0)
a, b = (rng.standard_normal((N, N), dtype=np.float32) for _ in range(2))
np.testing.assert_allclose(a @ b, a.astype("f8") @ b.astype("f8"), atol=1e-3)
np.testing.assert_allclose(a @ a.T, a.astype("f8") @ a.T.astype("f8"), atol=1e-3)  # BLAS' syrk
np.testing.assert_allclose(np.fft.irfft(np.fft.rfft(a)), a, atol=1e-5)
for m, k, n in itertools.product((1, 2, 3, 4, 7, 8, 13), repeat=3):  # sizes that do not fill the last tile
    left, right = a[:m, :k], b[:k, :n]
    product = left.astype("f8") @ right.astype("f8")
    for x in (left, left.T.copy().T):
        for y in (right, right.T.copy().T):
            np.testing.assert_allclose(x @ y, product, atol=1e-5)
    np.testing.assert_allclose(left @ right[:, 0], product[:, 0], atol=1e-5)

windows = np.lib.stride_tricks.as_strided(a, (301, 200), (4 * 40, 4), writeable=False)  # its rows overlap
kernel, gradient = b.reshape(-1)[: 200 * 16].reshape(200, 16), b[:301, :17]
turned = windows.T
for x, y in ((windows, kernel), (turned, gradient), (kernel.T, turned), (windows, turned), (turned, windows)):
    assert np.array_equal(x @ y, x.copy() @ y.copy())
for x in (windows, turned, windows[:, :1], windows[:1]):  # these go to other functions of BLAS, or to none
    vector = b.reshape(-1)[: x.shape[1]]
    np.testing.assert_allclose(x @ vector, x.copy() @ vector, atol=1e-4)

for n_in, n in ((480, 512), (512, 512), (600, 512), (1000, 1000), (7, 7), (301, 301)):
    rows = rng.standard_normal((5, n_in))
    alone = b"".join(np.fft.rfft(row, n).tobytes() for row in rows)
    for layout in (rows, np.asfortranarray(rows), np.repeat(rows, 2, axis=1)[:, ::2]):
        assert np.fft.rfft(layout, n).tobytes() == alone  # rows are transformed two by two, the last one by itself

for function, wide in (
    (np.exp, rng.uniform(-87, 88, 100_003)),
    (np.log, 10 ** rng.uniform(-37, 38, 100_003)),
    (np.tanh, rng.uniform(-10, 10, 100_003)),
):
    numbers = wide.astype("f4")
    exact, found = function(numbers.astype("f8")), function(numbers)
    assert np.array_equal(found[::3], function(numbers[::3]))  # computed one by one, not in vectors
    n_units = np.abs(found - exact) / np.spacing(np.abs(exact.astype("f4")))
    assert n_units.max() < 1.4, f"{function.__name__} is {n_units.max():.2f} units in the last place off"
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, 1e-40, 3e38, -104, -200, 200], "f4")
    with np.errstate(all="ignore"):
        exact = function(special.astype("f8")).astype("f4")
        np.testing.assert_allclose(function(special), exact, rtol=2e-7)
        assert np.array_equal(np.signbit(function(special[:2])), np.signbit(exact[:2]))

small = a[:40, :30].astype("f8")
u, s, vt = np.linalg.svd(small, full_matrices=False)
np.testing.assert_allclose(u * s @ vt, small, atol=1e-9)
np.testing.assert_allclose(np.linalg.solve(small[:30], small[:30] @ np.ones(30)), np.ones(30), atol=1e-6)

best_s = float("inf")
for _ in range(20):
    start = time.perf_counter()
    a @ b
    best_s = min(best_s, time.perf_counter() - start)
f"numpy {np.__version__}: {N}x{N} float32 product at {2 * N**3 / best_s / 1e9:.1f} GFLOP/s"
