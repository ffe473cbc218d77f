/* Loops over float32 arrays that go through memory once, where NumPy would go through it several times or take each
 * value by itself. py/sayso/nn/loops.py has the same in NumPy, and tells what every argument means.
 *
 * The comment above a loop lists its arrays, with their shapes where they matter; those that are written come last. All
 * are C-contiguous, and loops.py has checked their shapes. Results are those of NumPy's versions but for the last bits
 * of sums over rows. Innermost loops run along memory where they can, so that the compiler makes vectors of them.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef Py_ssize_t Index;
typedef float Lanes __attribute__((vector_size(32), aligned(4)));
/* The sums of five windows by eight channels take ten of sixteen vector registers. */
enum { MOST_ARRAYS = 7, LANES = 8, MOST_WINDOWS = 5 };

/* NaN where either is NaN. */
static inline float larger(float a, float b) { return __builtin_elementwise_maximum(a, b); }

static inline Index size_of(const Py_buffer *array) { return array->len / array->itemsize; }

/* x, y */
static void rectify(const Py_buffer *arrays) {
  const Index n = size_of(&arrays[0]);
  const float *x = arrays[0].buf;
  float *restrict y = arrays[1].buf;
  for (Index i = 0; i < n; i++) y[i] = larger(0, x[i]);
}

/* y, dy, dx */
static void rectify_backward(const Py_buffer *arrays) {
  const Index n = size_of(&arrays[0]);
  const float *y = arrays[0].buf, *dy = arrays[1].buf;
  float *restrict dx = arrays[2].buf;
  for (Index i = 0; i < n; i++) dx[i] = dy[i] * (float)(y[i] > 0);
}

/* x (B, H, at least W, C), bias (W - 1, C), y (B, H - 1, W - 1, C) */
static void max_pool(const Py_buffer *arrays) {
  const Index *shape = arrays[0].shape, channels = shape[3], row = shape[2] * channels;
  const Index length = arrays[2].shape[2] * channels;
  const float *x = arrays[0].buf, *bias = arrays[1].buf;
  float *restrict y = arrays[2].buf;
  for (Index image = 0; image < shape[0]; image++, x += row)
    for (Index h = 0; h + 1 < shape[1]; h++, x += row, y += length)
      for (Index i = 0; i < length; i++) {
        const float largest = larger(larger(x[i], x[row + i]), larger(x[i + channels], x[row + i + channels]));
        y[i] = larger(0, largest + bias[i]);
      }
}

/* The gradient of the values from begin to stop in two rows of x: it is added to the upper row's, and begins the lower
 * row's. Each value of dy belongs to two columns; at the image's left and right edge a column has but one. */
static inline void share(const float *upper, const float *lower, const float *dy, float *restrict dupper,
                         float *restrict dlower, Index channels, Index begin, Index stop, int has_left, int has_right) {
  for (Index i = begin; i < stop; i++) {
    const float largest = larger(upper[i], lower[i]);
    float gradient = 0;
    if (has_right) {
      const float right = larger(upper[i + channels], lower[i + channels]), d = dy[i];
      gradient = largest >= right ? d : 0;
    }
    if (has_left) {
      const float left = larger(upper[i - channels], lower[i - channels]), d = dy[i - channels];
      gradient += left >= largest ? 0 : d;
    }
    const int is_upper = upper[i] >= lower[i];
    dupper[i] += is_upper ? gradient : 0;
    dlower[i] = is_upper ? 0 : gradient;
  }
}

/* x (B, H, W, C), dy (B, H - 1, W - 1, C), dx (B, H, W, C) */
static void max_pool_backward(const Py_buffer *arrays) {
  const Index *shape = arrays[0].shape, channels = shape[3], row = shape[2] * channels, length = row - channels;
  const float *x = arrays[0].buf, *dy = arrays[1].buf;
  float *dx = arrays[2].buf;
  if (shape[1] < 2 || shape[2] < 2) { /* there is nothing to pool */
    memset(dx, 0, arrays[2].len);
    return;
  }
  for (Index image = 0; image < shape[0]; image++, x += row, dx += row) {
    for (Index i = 0; i < row; i++) dx[i] = 0;
    for (Index h = 0; h + 1 < shape[1]; h++, x += row, dx += row, dy += length) {
      share(x, x + row, dy, dx, dx + row, channels, 0, channels, 0, 1);
      share(x, x + row, dy, dx, dx + row, channels, channels, length, 1, 1);
      share(x, x + row, dy, dx, dx + row, channels, length, row, 1, 0);
    }
  }
}

/* images (B, H + size - 1, W, C), room (at least B, H, pitch, size, C) */
static void image_windows(const Py_buffer *arrays) {
  const Index *shape = arrays[0].shape, *room = arrays[1].shape;
  const Index height = room[1], pitch = room[2], size = room[3], channels = room[4], row = shape[2] * channels;
  const float *image = arrays[0].buf;
  float *of_image = arrays[1].buf;
  for (Index n = 0; n < shape[0]; n++, image += shape[1] * row, of_image += height * pitch * size * channels)
    for (Index h = 0; h < height; h++) {
      const float *from = image + h * row;
      float *restrict to = of_image + h * pitch * size * channels;
      if (channels == 1)
        for (Index i = 0; i < size; i++)
          for (Index w = 0; w < row; w++) to[w * size + i] = from[i * row + w];
      else
        for (Index w = 0; w < row; w += channels)
          for (Index i = 0; i < size; i++, to += channels)
            for (Index c = 0; c < channels; c++) to[c] = from[i * row + w + c];
    }
}

/* The products of n adjacent windows with the kernel. n is a constant in each call, so the sums stay in registers. */
static inline __attribute__((always_inline)) void convolve(const float *x, Index channels, Index row,
                                                           const float *kernel, Index size, Index n_out,
                                                           float *restrict y, const int n) {
  for (Index o = 0; o < n_out; o += LANES, y += LANES) {
    Lanes sums[MOST_WINDOWS] = {0};
    const float *weights = kernel + o;
    for (Index i = 0; i < size; i++)
      for (Index t = 0; t < size * channels; t++, weights += n_out)
        for (int w = 0; w < n; w++) sums[w] += x[i * row + w * channels + t] * *(const Lanes *)weights;
    for (int w = 0; w < n; w++) *(Lanes *)(y + w * n_out) = sums[w];
  }
}

/* x (H + size - 1, W + size - 1, C), kernel (size, size, C, O), bias (O,), two rows (2, W, O),
 * y (m + H - 1 + m, m + W - 1 + m, O) */
static void pooled_convolution(const Py_buffer *arrays) {
  const Index size = arrays[1].shape[0], channels = arrays[1].shape[2], n_out = arrays[1].shape[3];
  const Index height = arrays[0].shape[0] - size + 1, width = arrays[0].shape[1] - size + 1;
  const Index row = arrays[0].shape[1] * channels, pitch = arrays[4].shape[1] * n_out;
  const Index margin = (arrays[4].shape[0] - height + 1) / 2;
  const float *x = arrays[0].buf, *kernel = arrays[1].buf, *bias = arrays[2].buf;
  float *above = arrays[3].buf, *below = above + width * n_out;
  float *restrict y = (float *)arrays[4].buf + margin * (pitch + n_out);
  for (Index h = 0; h < height; h++, x += row) {
    Index w = 0;
    for (; width - w >= 5; w += 5) convolve(x + w * channels, channels, row, kernel, size, n_out, below + w * n_out, 5);
    for (; width - w >= 2; w += 2) convolve(x + w * channels, channels, row, kernel, size, n_out, below + w * n_out, 2);
    if (w < width) convolve(x + w * channels, channels, row, kernel, size, n_out, below + w * n_out, 1);
    if (h) {
      for (Index i = 0; i < (width - 1) * n_out; i += n_out)
        for (Index o = 0; o < n_out; o++) {
          const Index left = i + o, right = left + n_out;
          const float largest = larger(larger(above[left], below[left]), larger(above[right], below[right]));
          y[left] = larger(0, largest + bias[o]);
        }
      y += pitch;
    }
    float *const free_row = above;
    above = below;
    below = free_row;
  }
}

static inline Index last(const Py_buffer *array) { return array->shape[array->ndim - 1]; }
static inline Index rows(const Py_buffer *array) { return size_of(array) / last(array); }

/* x (..., C), mean (C,), variance (C,) */
static void channel_moments(const Py_buffer *arrays) {
  const Index n = rows(arrays), channels = last(arrays);
  const float *x = arrays[0].buf;
  float *restrict mean = arrays[1].buf, *restrict variance = arrays[2].buf;
  for (Index c = 0; c < channels; c++) mean[c] = variance[c] = 0;
  for (Index i = 0; i < n; i++)
    for (Index c = 0; c < channels; c++) mean[c] += x[i * channels + c];
  for (Index c = 0; c < channels; c++) mean[c] /= (float)n;
  for (Index i = 0; i < n; i++)
    for (Index c = 0; c < channels; c++) {
      const float centred = x[i * channels + c] - mean[c];
      variance[c] += centred * centred;
    }
  for (Index c = 0; c < channels; c++) variance[c] /= (float)n;
}

/* x (..., C), mean (C,), factor (C,), summand (C,), y (..., C) */
static void normalise(const Py_buffer *arrays) {
  const Index n = rows(arrays), channels = last(arrays);
  const float *x = arrays[0].buf, *mean = arrays[1].buf, *factor = arrays[2].buf, *summand = arrays[3].buf;
  float *restrict y = arrays[4].buf;
  for (Index i = 0; i < n; i++, x += channels, y += channels)
    for (Index c = 0; c < channels; c++) y[c] = (x[c] - mean[c]) * factor[c] + summand[c];
}

/* dy (..., C), x (..., C), mean (C,), sum (C,), dot (C,) */
static void channel_sums(const Py_buffer *arrays) {
  const Index n = rows(arrays), channels = last(arrays);
  const float *dy = arrays[0].buf, *x = arrays[1].buf, *mean = arrays[2].buf;
  float *restrict sum = arrays[3].buf, *restrict dot = arrays[4].buf;
  for (Index c = 0; c < channels; c++) sum[c] = dot[c] = 0;
  for (Index i = 0; i < n; i++, dy += channels, x += channels)
    for (Index c = 0; c < channels; c++) {
      sum[c] += dy[c];
      dot[c] += dy[c] * (x[c] - mean[c]);
    }
}

/* dy (..., C), x (..., C), mean (C,), of_dy (C,), of_x (C,), summand (C,), dx (..., C) */
static void channel_combination(const Py_buffer *arrays) {
  const Index n = rows(arrays), channels = last(arrays);
  const float *dy = arrays[0].buf, *x = arrays[1].buf, *mean = arrays[2].buf;
  const float *of_dy = arrays[3].buf, *of_x = arrays[4].buf, *summand = arrays[5].buf;
  float *restrict dx = arrays[6].buf;
  for (Index i = 0; i < n; i++, dy += channels, x += channels, dx += channels)
    for (Index c = 0; c < channels; c++) dx[c] = of_dy[c] * dy[c] + of_x[c] * (x[c] - mean[c]) + summand[c];
}

static PyObject *run(void (*loop)(const Py_buffer *), int n_read, int n_written, PyObject *const *arguments, Index n) {
  if (n != n_read + n_written) return PyErr_Format(PyExc_TypeError, "%zd arrays: expected %d", n, n_read + n_written);
  Py_buffer arrays[MOST_ARRAYS];
  Index n_held = 0;
  while (n_held < n && !PyObject_GetBuffer(arguments[n_held], &arrays[n_held],
                                           n_held < n_read ? PyBUF_ND : PyBUF_ND | PyBUF_WRITABLE))
    n_held++;
  const int has_all = n_held == n;
  if (has_all) loop(arrays);
  while (n_held) PyBuffer_Release(&arrays[--n_held]);
  return has_all ? Py_NewRef(Py_None) : NULL;
}

#define LOOPS(_) \
  _(rectify, 1, 1) _(rectify_backward, 2, 1) \
  _(max_pool, 2, 1) _(max_pool_backward, 2, 1) _(image_windows, 1, 1) _(pooled_convolution, 3, 2) \
  _(channel_moments, 1, 2) _(normalise, 4, 1) _(channel_sums, 3, 2) _(channel_combination, 6, 1)
#define CALLER(name, n_read, n_written) \
  static PyObject *call_##name(PyObject *module, PyObject *const *arguments, Index n) { \
    return run(name, n_read, n_written, arguments, n); \
  }
#define METHOD(name, n_read, n_written) {#name, (PyCFunction)(void (*)(void))call_##name, METH_FASTCALL, NULL},

LOOPS(CALLER)
static PyMethodDef methods[] = {LOOPS(METHOD) {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "sayso_loops", .m_methods = methods};
PyMODINIT_FUNC PyInit_sayso_loops(void) {
  PyObject *module = PyModule_Create(&definition);
  if (module && PyModule_AddIntMacro(module, LANES)) Py_CLEAR(module);
  return module;
}
