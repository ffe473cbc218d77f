/* Real transforms of doubles, two rows at a time: one in each lane of a vector, by the operations of a single row.
 *
 * pocketfft can do so by itself, but only for rows as long as the transform, and for all of its kinds at once, which
 * makes the module a third larger.
 */
#ifndef RFFT_PAIRS_H
#define RFFT_PAIRS_H

#include <complex>

typedef double pair_of_doubles __attribute__((vector_size(16)));

/* Returns how many rows it has transformed, and moves the addresses behind them. The arguments are those of NumPy's
 * loop: `in` and `out` are rows, `factor` is one number for each; `n_in` values of a row are given, and zeros follow
 * them. */
template <typename Plan>
static size_t rfft_pairs(const Plan &, char *&, char *&, char *&, size_t, npy_intp const *, size_t, size_t)
{
    return 0;
}

static size_t rfft_pairs(const pocketfft::detail::pocketfft_r<double> &plan, char *&in, char *&factor, char *&out,
                         size_t n_rows, npy_intp const *steps, size_t n_in, size_t n)
{
    const npy_intp in_row = steps[0], factor_row = steps[1], out_row = steps[2], in_step = steps[3], out_step = steps[4];
    if (factor_row != 0 || n_rows < 2) {
        return 0;
    }
    pocketfft::detail::arr<pair_of_doubles> both(n);
    pair_of_doubles *pairs = both.data();
    size_t row = 0;
    for (; row + 2 <= n_rows; row += 2, in += 2 * in_row, out += 2 * out_row) {
        const char *from = in;
        for (size_t i = 0; i < n_in; i++, from += in_step) {
            pairs[i] = pair_of_doubles{*(const double *)from, *(const double *)(from + in_row)};
        }
        for (size_t i = n_in; i < n; i++) {
            pairs[i] = pair_of_doubles{0, 0};
        }
        plan.exec(pairs, *(const double *)factor, pocketfft::FORWARD);
        char *to = out; /* pairs are R0, R1, I1, R2, I2 ... */
        *(std::complex<double> *)to = pairs[0][0];
        *(std::complex<double> *)(to + out_row) = pairs[0][1];
        for (size_t i = 1; i < n; i += 2) {
            to += out_step;
            const pair_of_doubles real = pairs[i], imaginary = i + 1 < n ? pairs[i + 1] : pair_of_doubles{0, 0};
            *(std::complex<double> *)to = {real[0], imaginary[0]};
            *(std::complex<double> *)(to + out_row) = {real[1], imaginary[1]};
        }
    }
    return row;
}

#endif
