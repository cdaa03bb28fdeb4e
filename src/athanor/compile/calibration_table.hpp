#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::compile {

/// How a range is chosen from the numbers that a tensor took.
enum class CalibrationMethod {
  entropy,     ///< The range whose 8-bit histogram loses the least information (KL divergence).
  percentile,  ///< So many of a hundred numbers are inside.
  min_max,     ///< All numbers are inside.
};

/// "entropy", "percentile", "min_max"
[[nodiscard]] std::string_view name_of(CalibrationMethod method);
/// Anything else is an error that lists them.
[[nodiscard]] Result<CalibrationMethod> parse_calibration_method(std::string_view name);

/// Of CalibrationMethod::percentile.
inline constexpr double usual_percentile = 99.99;

/// Whose engine the ranges are for.
enum class CalibrationTarget {
  /// Ours: those of the tensors between its layers. What is never below 0 has all 256 steps of a
  /// byte.
  engine,
  /// TensorRT's: those of all tensors of the ONNX file, since TensorRT joins layers its own way. A
  /// byte has 127 steps on each side of 0.
  tensorrt,
};

/// What an activation ranges over.
struct ActivationRange {
  float smallest = 0;   ///< That was seen.
  float largest = 0;    ///< That was seen.
  float threshold = 0;  ///< Magnitudes above it are cut; positive.

  bool operator==(const ActivationRange&) const = default;
};

/// By the ONNX names of their tensors.
using ActivationRanges = std::map<std::string, ActivationRange>;

/// The ranges of a network's tensors. As a file it is JSON:
///
///   {"version": 1, "method": "entropy", "model": "<BLAKE2b of the ONNX file>", "pictures": 500,
///    "ranges": {"layer1.0.conv1": {"smallest": -3.5, "largest": 4.1, "threshold": 3.2}}}
struct CalibrationTable {
  CalibrationMethod method = CalibrationMethod::entropy;
  std::string model;  ///< The digest() of the ONNX bytes that it belongs to.
  std::int64_t pictures = 0;
  ActivationRanges ranges;

  bool operator==(const CalibrationTable&) const = default;
};

[[nodiscard]] std::string render_calibration_table(const CalibrationTable& table);

/// Refuses, naming the member: other versions, numbers that are not finite, thresholds that are
/// not positive, more than limits::calibration_ranges ranges.
[[nodiscard]] Result<CalibrationTable> parse_calibration_table(std::string_view text);

[[nodiscard]] Status write_calibration_table(const std::filesystem::path& path,
                                             const CalibrationTable& table);
[[nodiscard]] Result<CalibrationTable> read_calibration_table(const std::filesystem::path& path);

}  // namespace athanor::compile
