/* Exponential, logarithm and hyperbolic tangent of floats without branches or calls: loops over them become vectors.
 *
 * Range reductions and polynomials are those of Cephes' expf.c, logf.c and tanhf.c (Moshier 1989). Against float64:
 * within 1 unit in the last place, tanh within 1.4 (check.py).
 */
#ifndef FLOAT_FUNCTIONS_H
#define FLOAT_FUNCTIONS_H

#include <stdint.h>

static inline float float_of(int32_t bits) {
  union { int32_t bits; float value; } u;
  u.bits = bits;
  return u.value;
}

static inline int32_t bits_of(float value) {
  union { int32_t bits; float value; } u;
  u.value = value;
  return u.bits;
}

static inline float float_exp(float x) {
  x = x > 89.0f ? 89.0f : x; /* beyond these bounds the result is infinity or 0; NaN passes */
  x = x < -104.0f ? -104.0f : x;
  const float n = __builtin_rintf(x * 1.44269504088896341f);
  const float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t whole = (int32_t)n, half = whole >> 1; /* 2^n as two factors: one would leave the range too early */
  return p * float_of((half + 127) << 23) * float_of((whole - half + 127) << 23);
}

static inline float float_log(float x) {
  const int is_subnormal = x < 1.17549435e-38f;
  const float scaled = is_subnormal ? x * 8388608.0f : x; /* times 2^23 */
  const int32_t bits = bits_of(scaled) - 0x3f3504f3; /* less those of sqrt(.5): fractions lie between it and sqrt(2) */
  const float exponent = (float)(bits >> 23) - (is_subnormal ? 23.0f : 0.0f);
  const float f = float_of((bits & 0x7fffff) + 0x3f3504f3) - 1.0f, square = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  p = p * f * square - 2.12194440e-4f * exponent - 0.5f * square;
  const float y = f + p + 0.693359375f * exponent;
  const float special = x == 0.0f ? -__builtin_inff() : x > 0.0f ? x : __builtin_nanf("");
  return x > 0.0f && x <= 3.40282347e38f ? y : special;
}

static inline float float_tanh(float x) {
  const float size = __builtin_fabsf(x), square = x * x;
  float p = -5.70498872745e-3f;
  p = p * square + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  const float small = p * square * size + size, large = 1.0f - 2.0f / (float_exp(2.0f * size) + 1.0f);
  return __builtin_copysignf(size < 0.625f ? small : large, x);
}

#define double_tanh npy_tanh /* the loop's template is for both types */

#endif
