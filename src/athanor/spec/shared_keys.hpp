#pragma once

#include <cstdint>
#include <string>

#include "athanor/spec/spec_view.hpp"

/// Parameters that all networks spell alike, for code that serves every one of them. Not every
/// table has each.
namespace athanor::spec::keys::shared {

inline constexpr Key<std::string> input_image_size{"model_config.input_image_size"};

// Of exports and conversions.
inline constexpr Key<std::int64_t> batch_size{"batch_size"};  ///< In which pictures calibrate.
inline constexpr Key<std::int64_t> short_batch_size{"b"};
inline constexpr Key<std::int64_t> batches{"batches"};
inline constexpr Key<std::string> data_type{"data_type"};
inline constexpr Key<std::int64_t> max_batch_size{"max_batch_size"};
inline constexpr Key<std::int64_t> max_workspace_size{"max_workspace_size"};

// Of exports.
inline constexpr Key<std::int64_t> static_batch_size{"static_batch_size"};
inline constexpr Key<std::int64_t> min_batch_size{"min_batch_size"};
inline constexpr Key<std::int64_t> opt_batch_size{"opt_batch_size"};
inline constexpr Key<bool> force_ptq{"force_ptq"};
inline constexpr Key<bool> gen_ds_config{"gen_ds_config"};
inline constexpr Key<bool> strict_type_constraints{"strict_type_constraints"};
inline constexpr Key<bool> fold_batch_norm{"athanor.fold_batch_norm"};

// Of conversions.
inline constexpr Key<std::string> short_shapes{"p"};
inline constexpr Key<std::string> calibration_method{"athanor.calibration_method"};
inline constexpr Key<double> calibration_percentile{"athanor.calibration_percentile"};
inline constexpr Key<double> accuracy_budget{"athanor.accuracy_budget"};
inline constexpr Key<std::int64_t> engine_threads{"athanor.threads"};

// Of prunings.
inline constexpr Key<std::string> normalizer{"normalizer"};
inline constexpr Key<double> pruning_threshold{"pruning_threshold"};
inline constexpr Key<std::int64_t> pruning_granularity{"pruning_granularity"};
inline constexpr Key<std::int64_t> min_num_filters{"min_num_filters"};

}  // namespace athanor::spec::keys::shared
