/* OpenBLAS' single-precision matrix product for WebAssembly: tiles of 8 rows by 4 columns of C, kept in registers.
 *
 * OpenBLAS brings a kernel of 2 by 2 for this target. a holds panels of 8 rows (then of 4, 2 and 1), b of 4 columns
 * (then of 2 and 1), each with its depth outermost, as gemm_*copy_8.c and sgemm_*copy_4.c pack them. Vectors run down
 * the rows; every element of b is spread over one.
 */
#include "common.h"
#include <wasm_simd128.h>

#define INLINE static inline __attribute__((always_inline))

/* C += alpha A B for 4 * vectors rows and some columns. V8 runs the loop slower when it is unrolled. */
INLINE void tile(const int vectors, const int columns, BLASLONG depth, FLOAT alpha, const FLOAT *a, const FLOAT *b,
                 FLOAT *c, BLASLONG ldc) {
  v128_t sum[2][4];
  for (int j = 0; j < columns; j++)
    for (int v = 0; v < vectors; v++) sum[v][j] = wasm_f32x4_const_splat(0);
#pragma clang loop unroll(disable)
  for (BLASLONG k = 0; k < depth; k++) {
    v128_t left[2];
    for (int v = 0; v < vectors; v++) left[v] = wasm_v128_load(a + 4 * v);
    for (int j = 0; j < columns; j++) {
      const v128_t right = wasm_v128_load32_splat(b + j);
      for (int v = 0; v < vectors; v++) sum[v][j] = wasm_f32x4_add(sum[v][j], wasm_f32x4_mul(left[v], right));
    }
    a += 4 * vectors;
    b += columns;
  }
  for (int j = 0; j < columns; j++)
    for (int v = 0; v < vectors; v++) {
      FLOAT *at = c + j * ldc + 4 * v;
      const v128_t scaled = wasm_f32x4_mul(wasm_f32x4_splat(alpha), sum[v][j]);
      wasm_v128_store(at, wasm_f32x4_add(wasm_v128_load(at), scaled));
    }
}

/* The same for 2 rows or 1, which fill no vector. */
INLINE void edge(const int rows, const int columns, BLASLONG depth, FLOAT alpha, const FLOAT *a, const FLOAT *b,
                 FLOAT *c, BLASLONG ldc) {
  FLOAT sum[2][4] = {{0}};
  for (BLASLONG k = 0; k < depth; k++)
    for (int j = 0; j < columns; j++)
      for (int i = 0; i < rows; i++) sum[i][j] += a[k * rows + i] * b[k * columns + j];
  for (int j = 0; j < columns; j++)
    for (int i = 0; i < rows; i++) c[j * ldc + i] += alpha * sum[i][j];
}

INLINE void panel(BLASLONG rows, const int columns, BLASLONG depth, FLOAT alpha, const FLOAT *a, const FLOAT *b,
                  FLOAT *c, BLASLONG ldc) {
  BLASLONG i = 0;
  for (; i + 8 <= rows; i += 8) tile(2, columns, depth, alpha, a + i * depth, b, c + i, ldc);
  if (rows & 4) tile(1, columns, depth, alpha, a + i * depth, b, c + i, ldc), i += 4;
  if (rows & 2) edge(2, columns, depth, alpha, a + i * depth, b, c + i, ldc), i += 2;
  if (rows & 1) edge(1, columns, depth, alpha, a + i * depth, b, c + i, ldc);
}

int CNAME(BLASLONG rows, BLASLONG columns, BLASLONG depth, FLOAT alpha, FLOAT *a, FLOAT *b, FLOAT *c, BLASLONG ldc) {
  BLASLONG j = 0;
  for (; j + 4 <= columns; j += 4) panel(rows, 4, depth, alpha, a, b + j * depth, c + j * ldc, ldc);
  if (columns & 2) panel(rows, 2, depth, alpha, a, b + j * depth, c + j * ldc, ldc), j += 2;
  if (columns & 1) panel(rows, 1, depth, alpha, a, b + j * depth, c + j * ldc, ldc);
  return 0;
}
