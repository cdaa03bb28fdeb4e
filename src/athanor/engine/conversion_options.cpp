#include "athanor/engine/conversion_options.hpp"

#include <stdexcept>
#include <utility>

#include "athanor/catalog/engine_precision.hpp"
#include "athanor/catalog/engine_shapes.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/spec/shared_keys.hpp"

namespace athanor::engine {

namespace {

namespace rows = spec::keys::shared;

CalibrationOptions read_calibration(const spec::SpecView& spec) {
  CalibrationOptions options;
  const auto usual_batch = spec.find(rows::batch_size).value_or(1);
  options.batch_size = spec.find(rows::short_batch_size).value_or(usual_batch);
  options.pictures = options.batch_size * spec.find(rows::batches).value_or(1);
  if (const auto method = spec.find(rows::calibration_method)) {
    options.method = value_or_throw<std::invalid_argument>(
        compile::parse_calibration_method(*method), rows::calibration_method.path);
  }
  options.percentile = spec.find(rows::calibration_percentile).value_or(options.percentile);
  return options;
}

}  // namespace

ConversionOptions read_conversion_options(const Json& json) {
  const spec::SpecView spec(json);
  ConversionOptions options;
  options.precision = value_or_throw<std::invalid_argument>(
      runtime::parse_precision(catalog::engine_precision(json)), rows::data_type.path);
  throw_if_failed<std::invalid_argument>(runtime::check_precision(options.precision),
                                         rows::data_type.path);
  options.max_batch = spec.find(rows::max_batch_size).value_or(options.max_batch);
  if (const auto text = spec.find(rows::short_shapes)) {
    const auto shapes = value_or_throw<std::invalid_argument>(catalog::parse_engine_shapes(*text),
                                                              rows::short_shapes.path);
    options.max_batch = shapes.largest_batch;
    options.picture.assign(shapes.picture.begin(), shapes.picture.end());
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
