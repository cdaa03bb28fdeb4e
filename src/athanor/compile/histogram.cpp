#include "athanor/compile/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace athanor::compile {

namespace {

/// Steps of an 8-bit integer on one side of zero.
constexpr std::size_t signed_levels = 128;
constexpr std::size_t unsigned_levels = 256;

/// The first `bins` of a histogram as integers of `levels` steps would give them back: each step's
/// counts spread evenly over those of its bins that have any.
std::vector<double> requantised(std::span<const std::uint64_t> bins, std::size_t levels) {
  std::vector<double> spread(bins.size(), 0);
  for (std::size_t level = 0; level < levels; ++level) {
    const auto first = level * bins.size() / levels;
    const auto last = (level + 1) * bins.size() / levels;
    double total = 0;
    std::size_t used = 0;
    for (std::size_t i = first; i < last; ++i) {
      total += static_cast<double>(bins[i]);
      used += bins[i] > 0 ? std::size_t{1} : 0;
    }
    for (std::size_t i = first; i < last; ++i) {
      spread[i] = bins[i] > 0 ? total / static_cast<double>(used) : 0;
    }
  }
  return spread;
}

/// The Kullback-Leibler divergence of `actual` from `expected`, both scaled to a sum of 1.
double divergence(const std::vector<double>& expected, const std::vector<double>& actual) {
  const auto expected_sum = std::accumulate(expected.begin(), expected.end(), 0.0);
  const auto actual_sum = std::accumulate(actual.begin(), actual.end(), 0.0);
  if (expected_sum <= 0 || actual_sum <= 0) {
    return std::numeric_limits<double>::infinity();
  }
  // A bin that only one side has would be infinitely wrong.
  constexpr double least = 1e-9;
  double sum = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] > 0) {
      const auto p = expected[i] / expected_sum;
      const auto q = std::max(actual[i] / actual_sum, least);
      sum += p * std::log(p / q);
    }
  }
  return sum;
}

}  // namespace

void Histogram::add(std::span<const float> numbers) {
  float magnitude = 0;
  for (const auto number : numbers) {
    finite_ = finite_ && std::isfinite(number);
    smallest_ = std::min(smallest_, number);
    largest_ = std::max(largest_, number);
    magnitude = std::max(magnitude, std::abs(number));
  }
  if (!finite_ || magnitude == 0) {
    return;
  }
  widen(magnitude);
  const float bins_per_unit = static_cast<float>(bin_count) / range_;
  for (const auto number : numbers) {
    if (number != 0) {
      const auto bin = static_cast<std::size_t>(std::abs(number) * bins_per_unit);
      ++bins_[std::min(bin, bin_count - 1)];
    }
  }
}

void Histogram::widen(float magnitude) {
  if (range_ == 0) {
    range_ = magnitude;
  }
  while (range_ < magnitude) {
    for (std::size_t i = 0; i < bin_count / 2; ++i) {
      bins_[i] = bins_[2 * i] + bins_[2 * i + 1];
    }
    std::fill(bins_.begin() + bin_count / 2, bins_.end(), 0);
    range_ *= 2;
  }
}

float Histogram::edge(std::size_t bins) const {
  return std::min(static_cast<float>(bins) * range_ / static_cast<float>(bin_count),
                  std::max(largest_, -smallest_));
}

float Histogram::percentile(double percent) const {
  const auto total = std::accumulate(bins_.begin(), bins_.end(), std::uint64_t{0});
  const auto wanted = static_cast<double>(total) * percent / 100;
  double inside = 0;
  for (std::size_t i = 0; i < bin_count; ++i) {
    inside += static_cast<double>(bins_[i]);
    if (inside >= wanted) {
      return edge(i + 1);
    }
  }
  return edge(bin_count);
}

float Histogram::entropy(CalibrationTarget target) const {
  const bool has_sign = smallest_ < 0 || target == CalibrationTarget::tensorrt;
  const auto levels = has_sign ? signed_levels : unsigned_levels;
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = bin_count;
  // Counts above a candidate threshold would be cut to it.
  std::uint64_t cut = std::accumulate(
      bins_.begin() + static_cast<std::ptrdiff_t>(levels), bins_.end(), std::uint64_t{0});
  for (std::size_t count = levels; count <= bin_count; ++count) {
    const auto kept = std::span(bins_).first(count);
    std::vector<double> expected(kept.begin(), kept.end());
    expected.back() += static_cast<double>(cut);
    const auto loss = divergence(expected, requantised(kept, levels));
    if (loss < least) {
      least = loss;
      best = count;
    }
    cut -= count < bin_count ? bins_[count] : 0;
  }
  return edge(best);
}

float Histogram::threshold(CalibrationMethod method,
                           double percent,
                           CalibrationTarget target) const {
  if (range_ == 0) {
    return 1;
  }
  float threshold = std::max(largest_, -smallest_);
  if (method == CalibrationMethod::percentile) {
    threshold = percentile(percent);
  } else if (method == CalibrationMethod::entropy) {
    threshold = entropy(target);
  }
  // Divided by 255 it must still be a normal number.
  return std::max(threshold, 1024 * std::numeric_limits<float>::min());
}

}  // namespace athanor::compile
