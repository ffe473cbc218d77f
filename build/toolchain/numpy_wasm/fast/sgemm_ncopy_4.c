/* Packs b for sgemm_kernel.c, where each column of b is contiguous: 4 x 4 at a time, transposed. */
#include "common.h"
#include <wasm_simd128.h>

static FLOAT *pack(const int columns, BLASLONG from, BLASLONG depth, const FLOAT *b, BLASLONG ldb, FLOAT *packed) {
  for (BLASLONG k = from; k < depth; k++)
    for (int j = 0; j < columns; j++) *packed++ = b[j * ldb + k];
  return packed;
}

int CNAME(BLASLONG depth, BLASLONG columns, FLOAT *b, BLASLONG ldb, FLOAT *packed) {
  for (; columns >= 4; columns -= 4, b += 4 * ldb) {
    BLASLONG k = 0;
    for (; k + 4 <= depth; k += 4, packed += 16) {
      const v128_t c0 = wasm_v128_load(b + k), c1 = wasm_v128_load(b + ldb + k);
      const v128_t c2 = wasm_v128_load(b + 2 * ldb + k), c3 = wasm_v128_load(b + 3 * ldb + k);
      const v128_t low01 = wasm_i32x4_shuffle(c0, c1, 0, 4, 1, 5), high01 = wasm_i32x4_shuffle(c0, c1, 2, 6, 3, 7);
      const v128_t low23 = wasm_i32x4_shuffle(c2, c3, 0, 4, 1, 5), high23 = wasm_i32x4_shuffle(c2, c3, 2, 6, 3, 7);
      wasm_v128_store(packed, wasm_i64x2_shuffle(low01, low23, 0, 2));
      wasm_v128_store(packed + 4, wasm_i64x2_shuffle(low01, low23, 1, 3));
      wasm_v128_store(packed + 8, wasm_i64x2_shuffle(high01, high23, 0, 2));
      wasm_v128_store(packed + 12, wasm_i64x2_shuffle(high01, high23, 1, 3));
    }
    packed = pack(4, k, depth, b, ldb, packed);
  }
  if (columns & 2) packed = pack(2, 0, depth, b, ldb, packed), b += 2 * ldb;
  if (columns & 1) pack(1, 0, depth, b, ldb, packed);
  return 0;
}
