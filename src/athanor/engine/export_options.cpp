#include "athanor/engine/export_options.hpp"

#include <algorithm>
#include <string_view>

namespace athanor::engine {

namespace {

/// The value, or none where the spec or its table lack it.
template <class T>
std::optional<T> value_of(const Json& spec, std::string_view path) {
  const auto* value = find_path(spec, path);
  return value == nullptr || value->is_null() ? std::nullopt : std::optional(value->get<T>());
}

CalibrationOptions calibration_of_export(const Json& spec) {
  CalibrationOptions options;
  options.batch_size = value_of<std::int64_t>(spec, "batch_size").value_or(1);
  options.pictures = options.batch_size * value_of<std::int64_t>(spec, "batches").value_or(1);
  options.target = compile::CalibrationTarget::tensorrt;
  return options;
}

}  // namespace

ExportOptions read_export_options(const Json& spec) {
  ExportOptions options;
  const auto fixed = value_of<std::int64_t>(spec, "static_batch_size").value_or(-1);
  options.batch_size = fixed == -1 ? 0 : fixed;
  options.fold_batch_norm = value_of<bool>(spec, "athanor.fold_batch_norm").value_or(true);
  options.deepstream_config = value_of<bool>(spec, "gen_ds_config").value_or(true);
  options.smallest_batch = value_of<std::int64_t>(spec, "min_batch_size");
  options.usual_batch = value_of<std::int64_t>(spec, "opt_batch_size");
  options.largest_batch = value_of<std::int64_t>(spec, "max_batch_size")
                              .value_or(std::max({options.largest_batch,
                                                  options.smallest_batch.value_or(1),
                                                  options.usual_batch.value_or(1)}));
  options.precision =
      runtime::parse_precision(value_of<std::string>(spec, "data_type").value_or("fp32")).value();
  options.strict_precision = value_of<bool>(spec, "strict_type_constraints").value_or(false);
  options.workspace_bytes = value_of<std::int64_t>(spec, "max_workspace_size");
  options.calibration = calibration_of_export(spec);
  options.force_calibration = value_of<bool>(spec, "force_ptq").value_or(false);
  return options;
}

}  // namespace athanor::engine
