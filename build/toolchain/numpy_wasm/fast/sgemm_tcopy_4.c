/* Packs b for sgemm_kernel.c, where each row of b is contiguous. */
#include "common.h"
#include <wasm_simd128.h>

static FLOAT *pack(const int columns, BLASLONG depth, const FLOAT *b, BLASLONG ldb, FLOAT *packed) {
  for (BLASLONG k = 0; k < depth; k++)
    for (int j = 0; j < columns; j++) *packed++ = b[k * ldb + j];
  return packed;
}

int CNAME(BLASLONG depth, BLASLONG columns, FLOAT *b, BLASLONG ldb, FLOAT *packed) {
  for (; columns >= 4; columns -= 4, b += 4)
    for (BLASLONG k = 0; k < depth; k++, packed += 4) wasm_v128_store(packed, wasm_v128_load(b + k * ldb));
  if (columns & 2) packed = pack(2, depth, b, ldb, packed), b += 2;
  if (columns & 1) pack(1, depth, b, ldb, packed);
  return 0;
}
