"""NumPy for Pyodide, built from source with OpenBLAS's WebAssembly SIMD kernels.

`NUMPY` is the step that makes the wheel. Matrix products run 10 to 15 times faster than in Pyodide's own wheel, which
`NUMPY` falls back to where there is no Debian to take headers and sources from. The way there, each a step:

    sources.py     tools from PyPI, NumPy's source, Debian's archives of Emscripten's and Python's headers and OpenBLAS
    target.py      a folder that describes the target: headers, the symbols Pyodide offers, compiler drivers
    changes.py     what makes both fast on this target, with the C files of fast/
    compile.py     the part of OpenBLAS that NumPy calls, then NumPy
    wheel.py       the wheel, checked under Node
"""

from toolchain.numpy_wasm.wheel import IS_OWN, NUMPY

__all__ = ["IS_OWN", "NUMPY"]
