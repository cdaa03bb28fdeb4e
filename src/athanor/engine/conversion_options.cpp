#include "athanor/engine/conversion_options.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "athanor/catalog/engine_precision.hpp"
#include "athanor/spec/spec_view.hpp"

namespace athanor::engine {

namespace {

/// The parameters of all tables.
namespace rows {

constexpr spec::Key<std::int64_t> batch_size{"batch_size"};
constexpr spec::Key<std::int64_t> short_batch_size{"b"};
constexpr spec::Key<std::int64_t> batches{"batches"};
constexpr spec::Key<std::int64_t> max_batch_size{"max_batch_size"};
constexpr spec::Key<std::string> short_shapes{"p"};
constexpr spec::Key<std::int64_t> max_workspace_size{"max_workspace_size"};
constexpr spec::Key<std::string> calibration_method{"athanor.calibration_method"};
constexpr spec::Key<double> calibration_percentile{"athanor.calibration_percentile"};
constexpr spec::Key<double> accuracy_budget{"athanor.accuracy_budget"};
constexpr spec::Key<std::int64_t> engine_threads{"athanor.threads"};

}  // namespace rows

template <class T>
T value_or_throw(Result<T> result, std::string_view path) {
  if (!result) {
    throw std::invalid_argument(result.error().within(path).message);
  }
  return *std::move(result);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// "8x3x224x224" as [8, 3, 224, 224]; empty where it is something else.
runtime::Shape parse_shape(std::string_view text) {
  runtime::Shape shape;
  for (const auto part : split(text, 'x')) {
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), size);
    if (error != std::errc() || end != part.data() + part.size() || size < 1) {
      return {};
    }
    shape.push_back(size);
  }
  return shape.size() == 4 ? shape : runtime::Shape();
}

/// "input_1,1x3x224x224,4x3x224x224,8x3x224x224": the last counts, the others are for engines that
/// prefer one batch.
void read_shapes(std::string_view text, ConversionOptions& options) {
  const auto parts = split(text, ',');
  const auto largest = parts.size() == 4 ? parse_shape(parts.back()) : runtime::Shape();
  if (largest.empty()) {
    throw std::invalid_argument(
        fmt::format("{}: \"{}\" is no input name with three shapes, as in "
                    "input_1,1x3x224x224,4x3x224x224,8x3x224x224",
                    rows::short_shapes.path,
                    text));
  }
  options.max_batch = largest.front();
  options.picture.assign(largest.begin() + 1, largest.end());
}

CalibrationOptions read_calibration(const spec::SpecView& spec) {
  CalibrationOptions options;
  const auto usual_batch = spec.find(rows::batch_size).value_or(1);
  options.batch_size = spec.find(rows::short_batch_size).value_or(usual_batch);
  options.pictures = options.batch_size * spec.find(rows::batches).value_or(1);
  if (const auto method = spec.find(rows::calibration_method)) {
    options.method =
        value_or_throw(compile::parse_calibration_method(*method), rows::calibration_method.path);
  }
  options.percentile = spec.find(rows::calibration_percentile).value_or(options.percentile);
  return options;
}

}  // namespace

ConversionOptions read_conversion_options(const Json& json) {
  const spec::SpecView spec(json);
  ConversionOptions options;
  options.precision =
      value_or_throw(runtime::parse_precision(catalog::engine_precision(json)), "data_type");
  if (const auto status = runtime::check_precision(options.precision); !status) {
    throw std::invalid_argument(status.error().within("data_type").message);
  }
  options.max_batch = spec.find(rows::max_batch_size).value_or(options.max_batch);
  if (const auto shapes = spec.find(rows::short_shapes)) {
    read_shapes(*shapes, options);
  }
  options.calibration = read_calibration(spec);
  options.accuracy_budget = spec.find(rows::accuracy_budget).value_or(options.accuracy_budget);
  if (const auto threads = spec.find(rows::engine_threads)) {
    options.threads = static_cast<int>(*threads);
  }
  options.workspace_bytes = spec.find(rows::max_workspace_size);
  return options;
}

}  // namespace athanor::engine
