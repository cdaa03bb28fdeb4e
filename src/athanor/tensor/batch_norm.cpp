#include "athanor/tensor/batch_norm.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace athanor::tensor {

namespace {

using channel_kernels::Clamp;
using channel_kernels::Extent;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Floats that one thread takes at a time. Sums are made of these pieces in their order, so that
/// they do not depend on the number of threads.
constexpr std::int64_t piece_floats = 1 << 16;

/// A map [N, C, H, W] with channels last as N * H * W rows.
class Pixels {
 public:
  explicit Pixels(const torch::Tensor& map)
      : extent_{map.numel() / map.size(1), map.size(1)},
        rows_per_piece_(std::max<std::int64_t>(1, piece_floats / map.size(1))) {}

  [[nodiscard]] Extent extent() const { return extent_; }

  [[nodiscard]] std::int64_t pieces() const {
    return (extent_.rows + rows_per_piece_ - 1) / rows_per_piece_;
  }

  /// Calls visit(piece, its rows, offset of its first float) on several threads.
  template <class Visit>
  void for_each_piece(const Visit& visit) const {
    at::parallel_for(0, pieces(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t piece = begin; piece < end; ++piece) {
        const std::int64_t first = piece * rows_per_piece_;
        const std::int64_t rows = std::min(rows_per_piece_, extent_.rows - first);
        visit(piece, Extent{rows, extent_.channels}, first * extent_.channels);
      }
    });
  }

 private:
  Extent extent_;
  std::int64_t rows_per_piece_;
};

/// Two sums per channel over all rows, [2, C] in double precision.
using AddSums = std::function<void(Extent, std::int64_t offset, double* first, double* second)>;

torch::Tensor sums_of(const Pixels& pixels, const AddSums& add) {
  const auto channels = pixels.extent().channels;
  auto parts = torch::zeros({pixels.pieces(), 2, channels}, torch::kDouble);
  auto* const data = parts.data_ptr<double>();
  pixels.for_each_piece([&](std::int64_t piece, Extent extent, std::int64_t offset) {
    double* const first = data + piece * 2 * channels;
    add(extent, offset, first, first + channels);
  });
  // Torch may share a sum out among threads, and then its last bit is theirs.
  auto sums = torch::zeros({2, channels}, torch::kDouble);
  auto* const total = sums.data_ptr<double>();
  for (std::int64_t piece = 0; piece < pixels.pieces(); ++piece) {
    const double* const part = data + piece * 2 * channels;
    std::transform(total, total + 2 * channels, part, total, std::plus<>());
  }
  return sums;
}

struct BatchStatistics {
  torch::Tensor mean;      ///< [C], double.
  torch::Tensor variance;  ///< [C], double, biased.
};

BatchStatistics statistics_of(const torch::Tensor& x) {
  const Pixels pixels(x);
  const auto* const data = x.data_ptr<float>();
  // Sums of squares of what lies near its mean lose no digits; any pixel lies nearer than zero.
  const auto shift = torch::empty({pixels.extent().channels}, torch::kFloat);
  std::copy_n(data, pixels.extent().channels, shift.data_ptr<float>());
  const auto sums =
      sums_of(pixels, [&](Extent extent, std::int64_t offset, double* first, double* second) {
        channel_kernels::add_moments(extent, data + offset, shift.data_ptr<float>(), first, second);
      });
  const auto means = sums / static_cast<double>(pixels.extent().rows);
  const auto variance = (means[1] - means[0].square()).clamp_min(0);
  return {means[0] + shift, variance};
}

const float* data_or_null(const torch::Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

/// y = clamp((x - mean) * inverse_deviation * weight + bias + residual)
torch::Tensor normalise(const torch::Tensor& x,
                        const torch::Tensor& mean,
                        const torch::Tensor& inverse_deviation,
                        const torch::Tensor& weight,
                        const torch::Tensor& bias,
                        const torch::Tensor& residual,
                        Clamp clamp) {
  const auto factor = weight.to(torch::kDouble) * inverse_deviation;
  const auto scale = factor.to(torch::kFloat);
  const auto offset = (bias.to(torch::kDouble) - mean * factor).to(torch::kFloat);
  auto y = torch::empty_like(x);
  const auto* const from = x.data_ptr<float>();
  const auto* const added = data_or_null(residual);
  auto* const to = y.data_ptr<float>();
  Pixels(x).for_each_piece([&](std::int64_t, Extent extent, std::int64_t begin) {
    channel_kernels::normalise(extent,
                               from + begin,
                               scale.data_ptr<float>(),
                               offset.data_ptr<float>(),
                               added != nullptr ? added + begin : nullptr,
                               clamp,
                               to + begin);
  });
  return y;
}

/// Names of what forward() keeps for backward(), in its order.
enum Saved : std::size_t { saved_x, saved_y, saved_weight, saved_mean, saved_inverse_deviation };

class NormaliseBatch : public torch::autograd::Function<NormaliseBatch> {
 public:
  static torch::Tensor forward(AutogradContext* context,
                               const torch::Tensor& x,
                               const torch::Tensor& weight,
                               const torch::Tensor& bias,
                               const c10::optional<torch::Tensor>& residual,
                               const torch::Tensor& mean,
                               const torch::Tensor& inverse_deviation,
                               double low,
                               double high) {
    const Clamp clamp{static_cast<float>(low), static_cast<float>(high)};
    auto y = normalise(
        x, mean, inverse_deviation, weight, bias, residual.value_or(torch::Tensor()), clamp);
    context->save_for_backward(
        {x, clamp.cuts() ? y : torch::Tensor(), weight, mean, inverse_deviation});
    context->saved_data["low"] = low;
    context->saved_data["high"] = high;
    context->saved_data["has_residual"] = residual.has_value();
    return y;
  }

  /// Gradients of x, weight, bias and residual; the others have none.
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Clamp clamp{static_cast<float>(context->saved_data["low"].toDouble()),
                      static_cast<float>(context->saved_data["high"].toDouble())};
    const auto dy = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast);
    const auto& x = saved[saved_x];
    const auto& mean = saved[saved_mean];
    const auto& inverse_deviation = saved[saved_inverse_deviation];
    const auto sums = gradient_sums(x, mean, saved[saved_y], clamp, dy);
    const auto dbias = sums[0];
    const auto dweight = sums[1] * inverse_deviation;
    const auto rows = static_cast<double>(Pixels(x).extent().rows);
    const auto of_gradient = saved[saved_weight].to(torch::kDouble) * inverse_deviation;
    const auto of_input = -of_gradient * inverse_deviation * dweight / rows;
    const auto constant = -of_gradient * dbias / rows;
    auto dresidual = context->saved_data["has_residual"].toBool() && clamp.cuts()
                         ? torch::empty_like(dy)
                         : torch::Tensor();
    auto dx = input_gradient(
        x, mean, saved[saved_y], clamp, dy, {of_gradient, of_input, constant}, dresidual);
    if (context->saved_data["has_residual"].toBool() && !clamp.cuts()) {
      dresidual = dy;
    }
    return {dx,
            dweight.to(torch::kFloat),
            dbias.to(torch::kFloat),
            dresidual,
            torch::Tensor(),
            torch::Tensor(),
            torch::Tensor(),
            torch::Tensor()};
  }

 private:
  /// What channel_kernels::GradientTerms names, [C] each, double.
  struct Terms {
    torch::Tensor of_gradient;
    torch::Tensor of_input;
    torch::Tensor constant;
  };

  static torch::Tensor gradient_sums(const torch::Tensor& x,
                                     const torch::Tensor& mean,
                                     const torch::Tensor& y,
                                     Clamp clamp,
                                     const torch::Tensor& dy) {
    const auto centre = mean.to(torch::kFloat);
    const auto* const outputs = data_or_null(y);
    return sums_of(
        Pixels(x), [&](Extent extent, std::int64_t begin, double* first, double* second) {
          channel_kernels::add_gradient_sums(extent,
                                             x.data_ptr<float>() + begin,
                                             centre.data_ptr<float>(),
                                             outputs != nullptr ? outputs + begin : nullptr,
                                             clamp,
                                             dy.data_ptr<float>() + begin,
                                             first,
                                             second);
        });
  }

  /// Writes the residual's gradient into `dresidual` where that is defined.
  static torch::Tensor input_gradient(const torch::Tensor& x,
                                      const torch::Tensor& mean,
                                      const torch::Tensor& y,
                                      Clamp clamp,
                                      const torch::Tensor& dy,
                                      const Terms& terms,
                                      torch::Tensor& dresidual) {
    const auto centre = mean.to(torch::kFloat);
    const auto of_gradient = terms.of_gradient.to(torch::kFloat);
    const auto of_input = terms.of_input.to(torch::kFloat);
    const auto constant = terms.constant.to(torch::kFloat);
    const auto* const outputs = data_or_null(y);
    auto* const second = dresidual.defined() ? dresidual.data_ptr<float>() : nullptr;
    auto dx = torch::empty_like(x);
    auto* const first = dx.data_ptr<float>();
    Pixels(x).for_each_piece([&](std::int64_t, Extent extent, std::int64_t begin) {
      channel_kernels::input_gradient(
          extent,
          x.data_ptr<float>() + begin,
          centre.data_ptr<float>(),
          outputs != nullptr ? outputs + begin : nullptr,
          clamp,
          dy.data_ptr<float>() + begin,
          {of_gradient.data_ptr<float>(), of_input.data_ptr<float>(), constant.data_ptr<float>()},
          first + begin,
          second != nullptr ? second + begin : nullptr);
    });
    return dx;
  }
};

void update_running(torch::Tensor& running, const torch::Tensor& batch, double momentum) {
  running.mul_(1 - momentum).add_(batch.to(torch::kFloat), momentum);
}

bool has_channels_last(const torch::Tensor& map) {
  return map.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

}  // namespace

bool can_batch_norm(const torch::nn::BatchNorm2dImpl& norm,
                    const torch::Tensor& x,
                    const torch::Tensor& residual) {
  return norm.is_training() && norm.options.affine() && norm.options.track_running_stats() &&
         norm.options.momentum().has_value() && x.device().is_cpu() &&
         x.scalar_type() == torch::kFloat && x.dim() == 4 && has_channels_last(x) &&
         x.numel() > x.size(1) && (!residual.defined() || has_channels_last(residual));
}

torch::Tensor batch_norm(torch::nn::BatchNorm2dImpl& norm,
                         const torch::Tensor& x,
                         Clamp clamp,
                         const torch::Tensor& residual) {
  const auto statistics = statistics_of(x.detach());
  {
    const torch::NoGradGuard no_grad;
    const auto rows = static_cast<double>(Pixels(x).extent().rows);
    const double share = norm.options.momentum().value();
    norm.num_batches_tracked += 1;
    update_running(norm.running_mean, statistics.mean, share);
    // As torch does: what runs is the unbiased variance.
    update_running(norm.running_var, statistics.variance * (rows / (rows - 1)), share);
  }
  const auto inverse_deviation = (statistics.variance + norm.options.eps()).rsqrt();
  return NormaliseBatch::apply(x,
                               norm.weight,
                               norm.bias,
                               residual.defined() ? c10::make_optional(residual) : c10::nullopt,
                               statistics.mean,
                               inverse_deviation,
                               clamp.low,
                               clamp.high);
}

}  // namespace athanor::tensor
