#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "athanor/compile/calibration_table.hpp"

namespace athanor::compile {

/// How often magnitudes come, in bins of equal width from 0 on. Where a larger one comes, the bins
/// double their width, so that all numbers are seen once only.
class Histogram {
 public:
  static constexpr std::size_t bin_count = 2048;

  void add(std::span<const float> numbers);

  [[nodiscard]] float smallest() const { return smallest_; }

  [[nodiscard]] float largest() const { return largest_; }

  /// false once a number was infinite or none.
  [[nodiscard]] bool finite() const { return finite_; }

  /// The magnitude above which numbers are cut; positive. Of what was only zero it is 1.
  /// `percent`, above 0 and up to 100, is for CalibrationMethod::percentile alone, `target` for
  /// CalibrationMethod::entropy.
  [[nodiscard]] float threshold(CalibrationMethod method,
                                double percent = usual_percentile,
                                CalibrationTarget target = CalibrationTarget::engine) const;

 private:
  void widen(float magnitude);
  [[nodiscard]] float percentile(double percent) const;
  [[nodiscard]] float entropy(CalibrationTarget target) const;
  [[nodiscard]] float edge(std::size_t bins) const;

  // Zeros are exact in every range and so are not counted.
  std::vector<std::uint64_t> bins_ = std::vector<std::uint64_t>(bin_count, 0);
  float range_ = 0;  ///< The upper edge of the last bin.
  float smallest_ = 0;
  float largest_ = 0;
  bool finite_ = true;
};

}  // namespace athanor::compile
