#pragma once

#include <span>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/store/records.hpp"

/// Records as the API shows them, keys in the order of its document.
namespace athanor::api {

[[nodiscard]] Json to_json(store::JobRecord job);
[[nodiscard]] Json to_json(const store::DatasetRecord& dataset,
                           std::span<const store::JobRecord> jobs);
[[nodiscard]] Json to_json(const store::ModelRecord& model, std::span<const store::JobRecord> jobs);

/// The automl_* fields of a model that never asked for AutoML.
[[nodiscard]] Json automl_off();

}  // namespace athanor::api
