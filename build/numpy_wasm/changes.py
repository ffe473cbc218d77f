"""What makes OpenBLAS' products and NumPy's loops fast on WebAssembly: files of our own (fast/), changes to theirs."""

from __future__ import annotations

import shutil
from pathlib import Path

from console import BuildError

CHANGES = Path(__file__)
HERE = CHANGES.parent / "fast"
OPENBLAS_FILES = tuple(HERE / name for name in ("sgemm_kernel.c", "sgemm_ncopy_4.c", "sgemm_tcopy_4.c", "sgemv_t.c"))
NUMPY_HEADERS = tuple(HERE / name for name in ("numpy_simd.h", "float_functions.h"))

KERNELS = "kernel/wasm/KERNEL.WASM128_GENERIC"
OLD_KERNELS = """\
SGEMMKERNEL    =  gemmkernel_wasm128.c
SGEMMONCOPY    =  ../generic/gemm_ncopy_2.c
SGEMMOTCOPY    =  ../generic/gemm_tcopy_2.c
"""
NEW_KERNELS = """\
SGEMMKERNEL    =  sgemm_kernel.c
SGEMMINCOPY    =  ../generic/gemm_ncopy_8.c
SGEMMITCOPY    =  ../generic/gemm_tcopy_8.c
SGEMMINCOPYOBJ =  sgemm_incopy$(TSUFFIX).$(SUFFIX)
SGEMMITCOPYOBJ =  sgemm_itcopy$(TSUFFIX).$(SUFFIX)
SGEMMONCOPY    =  sgemm_ncopy_4.c
SGEMMOTCOPY    =  sgemm_tcopy_4.c
"""
OLD_GEMV = "SGEMVTKERNEL = ../riscv64/gemv_t.c"
NEW_GEMV = "SGEMVTKERNEL = sgemv_t.c"
# Room for packed operands is taken whole at the first product, and a tab's memory never shrinks: 4 MB instead of 16,
# for so many columns at a time.
BUFFER = "#define BUFFER_SIZE     ( {megabytes} << 20)\n"
SIZES = """\
#if defined(RISCV64_GENERIC) || defined(WASM128_GENERIC)
#define GEMM_DEFAULT_OFFSET_A 0
#define GEMM_DEFAULT_OFFSET_B 0
#define GEMM_DEFAULT_ALIGN (BLASLONG)0x03fffUL

#define SGEMM_DEFAULT_UNROLL_M  {tile[0]}
#define SGEMM_DEFAULT_UNROLL_N  {tile[1]}

#define DGEMM_DEFAULT_UNROLL_M  2
#define DGEMM_DEFAULT_UNROLL_N  2

#define CGEMM_DEFAULT_UNROLL_M  2
#define CGEMM_DEFAULT_UNROLL_N  2

#define ZGEMM_DEFAULT_UNROLL_M  2
#define ZGEMM_DEFAULT_UNROLL_N  2

#define SGEMM_DEFAULT_P	128
#define DGEMM_DEFAULT_P	128
#define CGEMM_DEFAULT_P 96
#define ZGEMM_DEFAULT_P 64

#define SGEMM_DEFAULT_Q 240
#define DGEMM_DEFAULT_Q 120
#define CGEMM_DEFAULT_Q 120
#define ZGEMM_DEFAULT_Q 120

#define SGEMM_DEFAULT_R {columns[0]}
#define DGEMM_DEFAULT_R {columns[1]}
#define CGEMM_DEFAULT_R {columns[2]}
#define ZGEMM_DEFAULT_R {columns[3]}
"""
OLD_SIZES = SIZES.format(tile=(2, 2), columns=(12288, 8192, 4096, 4096))
NEW_SIZES = SIZES.format(tile=(8, 4), columns=(3072, 2048, 2048, 1024))

LOOPS = "numpy/_core/src/umath/"
SCALAR_LOOP = """\
    UNARY_LOOP {{
        const {type} in1 = *({type} *)ip1;
        *({type} *)op1 = {function}(in1);
    }}
"""
VECTOR_LOOP = "    UNARY_LOOP_FAST({type}, {type}, *out = {function}(in));\n"


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    if new in text:  # a build that goes on
        return
    if text.count(old) != 1:
        raise BuildError(f"{path.name} is not the one that build/numpy_wasm/changes.py was written for.")
    path.write_text(text.replace(old, new))


def change_openblas(source: Path) -> None:
    """Give OpenBLAS' single-precision products other kernels, and all products less memory."""
    for file in OPENBLAS_FILES:
        shutil.copy(file, source / "kernel/wasm")
    _replace(source / KERNELS, OLD_KERNELS, NEW_KERNELS)
    _replace(source / KERNELS, OLD_GEMV, NEW_GEMV)
    _replace(source / "param.h", OLD_SIZES, NEW_SIZES)
    _replace(source / "common_wasm.h", BUFFER.format(megabytes=16), BUFFER.format(megabytes=4))


def change_numpy(source: Path) -> None:
    """Have NumPy's loops call the functions of float_functions.h."""
    for file, c_type, theirs, ours in (
        ("loops_exponent_log.dispatch.c.src", "npy_float", "@scalarf@", "float_@func@"),
        ("loops_hyperbolic.dispatch.cpp.src", "@type@", "npy_@func@@ssfx@", "@type@_@func@"),
    ):
        old, new = SCALAR_LOOP.format(type=c_type, function=theirs), VECTOR_LOOP.format(type=c_type, function=ours)
        _replace(source / LOOPS / file, old, new)
