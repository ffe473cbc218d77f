/* Included ahead of every source of NumPy: its loops for SSE4.2 become WebAssembly's vectors, by Emscripten's headers.
 *
 * NumPy knows no vectors of WebAssembly and would run loops over floats an element at a time.
 */
#ifndef NUMPY_SIMD_H
#define NUMPY_SIMD_H
#ifndef __ASSEMBLER__

/* Emscripten's headers ask for these; the rest of NumPy, which would take the machine for an x86, must not see them. */
#define __SSE__ 1
#define __SSE2__ 1
#define __SSE3__ 1
#define __SSSE3__ 1
#define __SSE4_1__ 1
#define __SSE4_2__ 1
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#include <nmmintrin.h>
#pragma clang diagnostic pop
#undef __SSE__
#undef __SSE2__
#undef __SSE3__
#undef __SSSE3__
#undef __SSE4_1__
#undef __SSE4_2__

#define NPY_HAVE_SSE 1
#define NPY_HAVE_SSE2 1
#define NPY_HAVE_SSE3 1
#define NPY_HAVE_SSSE3 1
#define NPY_HAVE_SSE41 1
#define NPY_HAVE_SSE42 1

#include "float_functions.h"

#endif
#endif
