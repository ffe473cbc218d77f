/* OpenBLAS' y += alpha A^T x for WebAssembly: a product of vectors a column, by its own kernel for that. */
#include "common.h"

int CNAME(BLASLONG rows, BLASLONG columns, BLASLONG unused, FLOAT alpha, FLOAT *a, BLASLONG lda, FLOAT *x,
          BLASLONG inc_x, FLOAT *y, BLASLONG inc_y, FLOAT *buffer) {
  for (BLASLONG j = 0; j < columns; j++) y[j * inc_y] += alpha * DOTU_K(rows, a + j * lda, 1, x, inc_x);
  return 0;
}
