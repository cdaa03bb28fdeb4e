#include "athanor/compile/calibration_table.hpp"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::compile {

namespace {

constexpr int table_version = 1;

constexpr std::array<std::pair<CalibrationMethod, std::string_view>, 3> method_names{{
    {CalibrationMethod::entropy, "entropy"},
    {CalibrationMethod::percentile, "percentile"},
    {CalibrationMethod::min_max, "min_max"},
}};

auto unusable(std::string_view what) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("the calibration table is not usable: {}; calibrate anew", what));
}

Result<float> number_of(const std::string& tensor, const char* member, const Json& range) {
  const auto& json = range.at(member);
  const double wide = json.is_number() ? json.get<double>() : std::nan("");
  const auto number = static_cast<float>(wide);
  if (!std::isfinite(wide) || std::abs(wide) > 1e30) {
    return unusable(fmt::format("\"{}\" of {} is no number in range", member, tensor));
  }
  return number;
}

Result<ActivationRange> range_from_json(const std::string& tensor, const Json& json) {
  ActivationRange range;
  ATHANOR_TRY(range.smallest, number_of(tensor, "smallest", json));
  ATHANOR_TRY(range.largest, number_of(tensor, "largest", json));
  ATHANOR_TRY(range.threshold, number_of(tensor, "threshold", json));
  if (range.threshold < 1e-30F) {
    return unusable(fmt::format("the threshold of {} is not positive", tensor));
  }
  return range;
}

Result<CalibrationTable> table_from_json(const Json& json) {
  if (json.at("version") != table_version) {
    return unusable(fmt::format("its version is not {}", table_version));
  }
  CalibrationTable table;
  ATHANOR_TRY(table.method, parse_calibration_method(json.at("method").get<std::string>()));
  table.model = json.at("model").get<std::string>();
  if (!json.at("pictures").is_number_unsigned()) {
    return unusable("\"pictures\" is no count");
  }
  table.pictures = json.at("pictures").get<std::int64_t>();
  const auto& ranges = json.at("ranges");
  if (!ranges.is_object() || ranges.size() > limits::calibration_ranges) {
    return unusable(fmt::format("it has not up to {} ranges", limits::calibration_ranges));
  }
  for (const auto& [tensor, range] : ranges.items()) {
    ATHANOR_TRY(table.ranges[tensor], range_from_json(tensor, range));
  }
  return table;
}

}  // namespace

std::string_view name_of(CalibrationMethod method) {
  for (const auto& [candidate, name] : method_names) {
    if (candidate == method) {
      return name;
    }
  }
  return "entropy";
}

Result<CalibrationMethod> parse_calibration_method(std::string_view name) {
  for (const auto& [method, candidate] : method_names) {
    if (candidate == name) {
      return method;
    }
  }
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("\"{}\" is no method of calibration; use entropy, percentile or min_max", name));
}

std::string render_calibration_table(const CalibrationTable& table) {
  Json ranges = Json::object();
  for (const auto& [tensor, range] : table.ranges) {
    append_member(
        ranges,
        tensor,
        {{"smallest", range.smallest}, {"largest", range.largest}, {"threshold", range.threshold}});
  }
  return to_pretty_text({{"version", table_version},
                         {"method", name_of(table.method)},
                         {"model", table.model},
                         {"pictures", table.pictures},
                         {"ranges", std::move(ranges)}}) +
         "\n";
}

Result<CalibrationTable> parse_calibration_table(std::string_view text) {
  ATHANOR_TRY(const auto json, parse_json(text));
  try {
    return table_from_json(json);
  } catch (const Json::exception& error) {
    return unusable(error.what());
  }
}

Status write_calibration_table(const std::filesystem::path& path, const CalibrationTable& table) {
  return write_file_atomic(path, render_calibration_table(table));
}

Result<CalibrationTable> read_calibration_table(const std::filesystem::path& path) {
  ATHANOR_TRY(const auto text, read_file(path, limits::calibration_table_bytes));
  return parse_calibration_table(text);
}

}  // namespace athanor::compile
