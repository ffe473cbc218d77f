"""Runs inside Pyodide: a few results of every compiled part of NumPy, and the speed of a matrix product."""

import time

import numpy as np

N = 512
rng = np.random.default_rng(0)
a, b = (rng.standard_normal((N, N), dtype=np.float32) for _ in range(2))
np.testing.assert_allclose(a @ b, a.astype("f8") @ b.astype("f8"), atol=1e-3)
np.testing.assert_allclose(a @ a.T, a.astype("f8") @ a.T.astype("f8"), atol=1e-3)  # BLAS' syrk
np.testing.assert_allclose(np.fft.irfft(np.fft.rfft(a)), a, atol=1e-5)
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
