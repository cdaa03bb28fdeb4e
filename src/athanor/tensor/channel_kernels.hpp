#pragma once

#include <cstdint>
#include <limits>

/// Loops over pixels whose channels lie together in memory. They are compiled for several
/// instruction sets, of which the processor's best runs. No pointer may alias another.
namespace athanor::tensor::channel_kernels {

/// Where an activation cuts: relu is [0, inf), relu6 is [0, 6], the default cuts nothing.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();

  [[nodiscard]] bool cuts() const {
    return low > -std::numeric_limits<float>::infinity() ||
           high < std::numeric_limits<float>::infinity();
  }
};

/// Pixels of `channels` floats each: `rows * channels` floats, densely.
struct Extent {
  std::int64_t rows = 0;
  std::int64_t channels = 0;
};

/// Adds the sums of (x - shift) and (x - shift)^2 over the rows to one number per channel.
void add_moments(Extent extent, const float* x, const float* shift, double* sums, double* squares);

/// y = clamp(x * scale + offset + residual). `residual` may be null.
void normalise(Extent extent,
               const float* x,
               const float* scale,
               const float* offset,
               const float* residual,
               Clamp clamp,
               float* y);

/// With g = dy where y lies strictly within the clamp, else 0: adds the sums of g and of
/// g * (x - mean) over the rows to one number per channel. `y` may be null where nothing is cut.
void add_gradient_sums(Extent extent,
                       const float* x,
                       const float* mean,
                       const float* y,
                       Clamp clamp,
                       const float* dy,
                       double* sums,
                       double* products);

/// What each channel's gradient is made of: dx = g * of_gradient + (x - mean) * of_input +
/// constant.
struct GradientTerms {
  const float* of_gradient;
  const float* of_input;
  const float* constant;
};

/// dx as GradientTerms says, and dresidual = g, with g as in add_gradient_sums(). `dresidual` may
/// be null.
void input_gradient(Extent extent,
                    const float* x,
                    const float* mean,
                    const float* y,
                    Clamp clamp,
                    const float* dy,
                    GradientTerms terms,
                    float* dx,
                    float* dresidual);

}  // namespace athanor::tensor::channel_kernels
