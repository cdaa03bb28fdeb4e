#include "athanor/engine/export_options.hpp"

#include <algorithm>

#include "athanor/spec/shared_keys.hpp"

namespace athanor::engine {

namespace {

namespace rows = spec::keys::shared;

CalibrationOptions calibration_of_export(const spec::SpecView& spec) {
  CalibrationOptions options;
  options.batch_size = spec.find(rows::batch_size).value_or(1);
  options.pictures = options.batch_size * spec.find(rows::batches).value_or(1);
  options.target = compile::CalibrationTarget::tensorrt;
  return options;
}

}  // namespace

ExportOptions read_export_options(const Json& json) {
  const spec::SpecView spec(json);
  ExportOptions options;
  const auto fixed = spec.find(rows::static_batch_size).value_or(-1);
  options.batch_size = fixed == -1 ? 0 : fixed;
  options.fold_batch_norm = spec.find(rows::fold_batch_norm).value_or(true);
  options.deepstream_config = spec.find(rows::gen_ds_config).value_or(true);
  options.smallest_batch = spec.find(rows::min_batch_size);
  options.usual_batch = spec.find(rows::opt_batch_size);
  options.largest_batch = spec.find(rows::max_batch_size)
                              .value_or(std::max({options.largest_batch,
                                                  options.smallest_batch.value_or(1),
                                                  options.usual_batch.value_or(1)}));
  options.precision = runtime::parse_precision(spec.find(rows::data_type).value_or("fp32")).value();
  options.strict_precision = spec.find(rows::strict_type_constraints).value_or(false);
  options.workspace_bytes = spec.find(rows::max_workspace_size);
  options.calibration = calibration_of_export(spec);
  options.force_calibration = spec.find(rows::force_ptq).value_or(false);
  return options;
}

}  // namespace athanor::engine
