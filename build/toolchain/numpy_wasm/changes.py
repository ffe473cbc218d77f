"""What makes OpenBLAS' products and NumPy's loops fast on WebAssembly: files of our own (fast/), changes to theirs."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.console import BuildError

CHANGES = Path(__file__)
HERE = CHANGES.parent / "fast"
OPENBLAS_FILES = tuple(HERE / name for name in ("sgemm_kernel.c", "sgemm_ncopy_4.c", "sgemm_tcopy_4.c", "sgemv_t.c"))
NUMPY_HEADERS = tuple(HERE / name for name in ("numpy_simd.h", "float_functions.h"))
RFFT_PAIRS = HERE / "rfft_pairs.h"

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
# The first product takes all the room for packed operands, and a tab's memory never shrinks. So that room is 4 MB
# instead of 16, and a product packs fewer columns at a time.
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

FFT = "numpy/fft/_pocketfft_umath.cpp"
FFT_INCLUDE = '#include "pocketfft/pocketfft_hdronly.h"\n'
OLD_ROWS = """\
    for (size_t i = 0; i < n_outer; i++, ip += si, fp += sf, op += so) {
        std::complex<T> *op_or_buff = buffered ? buff.data() : (std::complex<T> *)op;
        /*
         * The internal pocketfft routines work in-place and for real
"""
NEW_ROWS = OLD_ROWS.replace("i = 0;", "i = rfft_pairs(*plan, ip, fp, op, n_outer, steps, nin_used, npts);")

# Windows of a convolution overlap: they are rows of a matrix that lie closer together than they are long. BLAS could
# read such a matrix but takes it for a mistake, and so NumPy copies it first.
GEMM = "interface/gemm.c"
OLD_CHECKS = "    if (args.ldb < nrowb)  info = 10;\n    if (args.lda < nrowa)  info =  8;\n"
NEW_CHECKS = "    if (args.ldb < 1)  info = 10;\n    if (args.lda < 1)  info =  8;\n"
MATMUL = LOOPS + "matmul.c.src"
OLD_TEST = """\
    return NPY_FALSE;
}

#if defined(_MSC_VER) && !defined(__INTEL_COMPILER)
"""
NEW_TEST = """\
    return NPY_FALSE;
}

/* whether gemm may read it, the only function of BLAS that may */
static inline npy_bool
is_readable2d(npy_intp byte_stride1, npy_intp byte_stride2, npy_intp itemsize)
{
    return is_blasable2d(byte_stride1, byte_stride2, 1, 1, itemsize);
}

#if defined(_MSC_VER) && !defined(__INTEL_COMPILER)
"""
READABLE = {
    "    if (is_blasable2d(is1_m, is1_n, m, n, sizeof(@typ@))) {\n        trans1":
        "    if (is_readable2d(is1_m, is1_n, sizeof(@typ@))) {\n        trans1",
    "    if (is_blasable2d(is2_n, is2_p, n, p, sizeof(@typ@))) {\n        trans2":
        "    if (is_readable2d(is2_n, is2_p, sizeof(@typ@))) {\n        trans2",
    "        (trans1 != trans2)\n":
        "        (trans1 != trans2) &&\n        (lda >= (trans1 == CblasNoTrans ? N : M))\n",
    "    npy_bool i1blasable = i1_c_blasable || i1_f_blasable;\n":
        "    npy_bool i1blasable = i1_c_blasable || i1_f_blasable || (!special_case &&\n"
        "        (is_readable2d(is1_m, is1_n, sz) || is_readable2d(is1_n, is1_m, sz)));\n",
    "    npy_bool i2blasable = i2_c_blasable || i2_f_blasable;\n":
        "    npy_bool i2blasable = i2_c_blasable || i2_f_blasable || (!special_case &&\n"
        "        (is_readable2d(is2_n, is2_p, sz) || is_readable2d(is2_p, is2_n, sz)));\n",
}  # fmt: skip


def _replace(path: Path, old: str, new: str, *, times: int = 1) -> None:
    text = path.read_text()
    if text.count(new) == times:  # an interrupted build has changed it already
        return
    if text.count(old) != times:
        raise BuildError(f"{path.name} is not the one that build/toolchain/numpy_wasm/changes.py was written for.")
    path.write_text(text.replace(old, new))


def change_openblas(source: Path) -> None:
    """Give OpenBLAS' single-precision products other kernels, and all products less memory."""
    for file in OPENBLAS_FILES:
        shutil.copy(file, source / "kernel/wasm")
    _replace(source / KERNELS, OLD_KERNELS, NEW_KERNELS)
    _replace(source / KERNELS, OLD_GEMV, NEW_GEMV)
    _replace(source / GEMM, OLD_CHECKS, NEW_CHECKS, times=2)
    _replace(source / "param.h", OLD_SIZES, NEW_SIZES)
    _replace(source / "common_wasm.h", BUFFER.format(megabytes=16), BUFFER.format(megabytes=4))


def change_numpy(source: Path) -> None:
    """Have NumPy's loops call the functions of float_functions.h and rfft_pairs.h, and BLAS for overlapping rows."""
    for file, c_type, theirs, ours in (
        ("loops_exponent_log.dispatch.c.src", "npy_float", "@scalarf@", "float_@func@"),
        ("loops_hyperbolic.dispatch.cpp.src", "@type@", "npy_@func@@ssfx@", "@type@_@func@"),
    ):
        old, new = SCALAR_LOOP.format(type=c_type, function=theirs), VECTOR_LOOP.format(type=c_type, function=ours)
        _replace(source / LOOPS / file, old, new)
    shutil.copy(RFFT_PAIRS, source / FFT.rpartition("/")[0])
    _replace(source / FFT, FFT_INCLUDE, f'{FFT_INCLUDE}#include "{RFFT_PAIRS.name}"\n')
    _replace(source / FFT, OLD_ROWS, NEW_ROWS)
    _replace(source / MATMUL, OLD_TEST, NEW_TEST)
    for old, new in READABLE.items():
        _replace(source / MATMUL, old, new)
