#include "athanor/tensor/channel_kernels.hpp"

#include <algorithm>

// One copy for each instruction set; the loader picks. The loops below are inlined into them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define ATHANOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ATHANOR_CLONES
#endif
#define ATHANOR_INLINE __attribute__((always_inline)) inline

namespace athanor::tensor::channel_kernels {

namespace {

/// Channels whose float sums fit into registers, and rows after which they go into double ones.
constexpr std::int64_t channel_block = 64;
constexpr std::int64_t row_block = 128;

/// Calls visit(first row, end of rows, first channel, channels) for blocks that cover the extent.
template <class Visit>
ATHANOR_INLINE void for_each_block(Extent extent, Visit visit) {
  for (std::int64_t row = 0; row < extent.rows; row += row_block) {
    const std::int64_t end = std::min(row + row_block, extent.rows);
    for (std::int64_t channel = 0; channel < extent.channels; channel += channel_block) {
      visit(row, end, channel, std::min(channel_block, extent.channels - channel));
    }
  }
}

/// The gradient behind the clamp.
template <bool cuts>
ATHANOR_INLINE float passed(float dy, const float* y, std::int64_t i, Clamp clamp) {
  if constexpr (cuts) {
    // Without a branch, so that the loop can take vectors.
    const bool lies_within = (y[i] > clamp.low) & (y[i] < clamp.high);
    return lies_within ? dy : 0.0F;
  }
  return dy;
}

template <bool has_residual>
ATHANOR_INLINE void normalise_rows(Extent extent,
                                   const float* __restrict x,
                                   const float* __restrict scale,
                                   const float* __restrict offset,
                                   const float* __restrict residual,
                                   Clamp clamp,
                                   float* __restrict y) {
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    const std::int64_t first = row * extent.channels;
    for (std::int64_t c = 0; c < extent.channels; ++c) {
      float value = x[first + c] * scale[c] + offset[c];
      if constexpr (has_residual) {
        value += residual[first + c];
      }
      // Compared in this order, what is no number stays so, as in torch.
      value = clamp.low > value ? clamp.low : value;
      y[first + c] = clamp.high < value ? clamp.high : value;
    }
  }
}

template <bool cuts>
ATHANOR_INLINE void sum_gradients(Extent extent,
                                  const float* __restrict x,
                                  const float* __restrict mean,
                                  const float* __restrict y,
                                  Clamp clamp,
                                  const float* __restrict dy,
                                  double* __restrict sums,
                                  double* __restrict products) {
  for_each_block(
      extent,
      [&](std::int64_t row, std::int64_t end, std::int64_t channel, std::int64_t count)
          __attribute__((always_inline)) {
            float sum[channel_block] = {};
            float product[channel_block] = {};
            for (; row < end; ++row) {
              const std::int64_t first = row * extent.channels + channel;
              for (std::int64_t c = 0; c < count; ++c) {
                const float g = passed<cuts>(dy[first + c], y, first + c, clamp);
                sum[c] += g;
                product[c] += g * (x[first + c] - mean[channel + c]);
              }
            }
            for (std::int64_t c = 0; c < count; ++c) {
              sums[channel + c] += sum[c];
              products[channel + c] += product[c];
            }
          });
}

template <bool cuts, bool has_residual>
ATHANOR_INLINE void gradient_rows(Extent extent,
                                  const float* __restrict x,
                                  const float* __restrict mean,
                                  const float* __restrict y,
                                  Clamp clamp,
                                  const float* __restrict dy,
                                  GradientTerms terms,
                                  float* __restrict dx,
                                  float* __restrict dresidual) {
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    const std::int64_t first = row * extent.channels;
    for (std::int64_t c = 0; c < extent.channels; ++c) {
      const float g = passed<cuts>(dy[first + c], y, first + c, clamp);
      dx[first + c] = g * terms.of_gradient[c] + (x[first + c] - mean[c]) * terms.of_input[c] +
                      terms.constant[c];
      if constexpr (has_residual) {
        dresidual[first + c] = g;
      }
    }
  }
}

}  // namespace

ATHANOR_CLONES
void add_moments(Extent extent, const float* x, const float* shift, double* sums, double* squares) {
  for_each_block(
      extent,
      [&](std::int64_t row, std::int64_t end, std::int64_t channel, std::int64_t count)
          __attribute__((always_inline)) {
            float sum[channel_block] = {};
            float square[channel_block] = {};
            for (; row < end; ++row) {
              const std::int64_t first = row * extent.channels + channel;
              for (std::int64_t c = 0; c < count; ++c) {
                const float centred = x[first + c] - shift[channel + c];
                sum[c] += centred;
                square[c] += centred * centred;
              }
            }
            for (std::int64_t c = 0; c < count; ++c) {
              sums[channel + c] += sum[c];
              squares[channel + c] += square[c];
            }
          });
}

ATHANOR_CLONES
void normalise(Extent extent,
               const float* x,
               const float* scale,
               const float* offset,
               const float* residual,
               Clamp clamp,
               float* y) {
  if (residual != nullptr) {
    normalise_rows<true>(extent, x, scale, offset, residual, clamp, y);
  } else {
    normalise_rows<false>(extent, x, scale, offset, residual, clamp, y);
  }
}

ATHANOR_CLONES
void add_gradient_sums(Extent extent,
                       const float* x,
                       const float* mean,
                       const float* y,
                       Clamp clamp,
                       const float* dy,
                       double* sums,
                       double* products) {
  if (clamp.cuts()) {
    sum_gradients<true>(extent, x, mean, y, clamp, dy, sums, products);
  } else {
    sum_gradients<false>(extent, x, mean, y, clamp, dy, sums, products);
  }
}

ATHANOR_CLONES
void input_gradient(Extent extent,
                    const float* x,
                    const float* mean,
                    const float* y,
                    Clamp clamp,
                    const float* dy,
                    GradientTerms terms,
                    float* dx,
                    float* dresidual) {
  if (clamp.cuts() && dresidual != nullptr) {
    gradient_rows<true, true>(extent, x, mean, y, clamp, dy, terms, dx, dresidual);
  } else if (clamp.cuts()) {
    gradient_rows<true, false>(extent, x, mean, y, clamp, dy, terms, dx, dresidual);
  } else if (dresidual != nullptr) {
    gradient_rows<false, true>(extent, x, mean, y, clamp, dy, terms, dx, dresidual);
  } else {
    gradient_rows<false, false>(extent, x, mean, y, clamp, dy, terms, dx, dresidual);
  }
}

}  // namespace athanor::tensor::channel_kernels
