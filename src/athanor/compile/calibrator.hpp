#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "athanor/compile/calibration_table.hpp"
#include "athanor/core/error.hpp"
#include "athanor/runtime/tensor.hpp"

namespace athanor::compile {

/// Collects the ranges of a network's activations by running it in float.
class Calibrator {
 public:
  /// For the network of an ONNX file; errors are those of EngineBuilder::build().
  [[nodiscard]] static Result<Calibrator> create(
      std::string_view onnx, int threads, CalibrationTarget target = CalibrationTarget::engine);

  Calibrator(Calibrator&&) noexcept;
  Calibrator& operator=(Calibrator&&) noexcept;
  ~Calibrator();

  /// How many pictures a batch has, where the ONNX file fixes it; otherwise it may have up to
  /// calibration_batch.
  [[nodiscard]] std::optional<std::int64_t> required_batch() const;

  /// Runs one batch, preprocessed as the network wants it, and counts its numbers in.
  [[nodiscard]] Status add(const runtime::TensorView& batch);

  /// The ranges of all tensors so far; may be asked again with another method, or with another
  /// percentile, which is from above 0 to 100. invalid_argument where no picture has been added or
  /// a tensor took numbers that are not finite.
  [[nodiscard]] Result<CalibrationTable> table(CalibrationMethod method,
                                               double percentile = usual_percentile) const;

 private:
  struct Impl;
  explicit Calibrator(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

/// Pictures that Calibrator::add() takes at most at once where the ONNX file leaves the batch open.
inline constexpr std::int64_t calibration_batch = 64;

}  // namespace athanor::compile
