#include "athanor/api/automl_fields.hpp"

#include <array>

#include <fmt/format.h>

#include "athanor/api/record_json.hpp"

namespace athanor::api {

namespace {

constexpr std::array counts{
    "automl_max_recommendations", "automl_R", "automl_nu", "epoch_multiplier"};
constexpr std::array texts{
    "automl_algorithm", "metric", "automl_add_hyperparameters", "automl_remove_hyperparameters"};

/// The original's spellings, in any case.
Status check_algorithm(std::string name) {
  for (char& c : name) {
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  }
  if (name != "bayesian" && name != "hyperband") {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("\"automl_algorithm\" must be Bayesian or HyperBand, not \"{}\"", name));
  }
  return {};
}

}  // namespace

Result<AutomlRequest> parse_automl(const BodyFields& fields) {
  AutomlRequest request;
  ATHANOR_TRY(request.enabled, fields.boolean("automl_enabled"));
  for (const auto* name : counts) {
    ATHANOR_TRY(const auto value, fields.positive_integer(name));
    if (value) {
      request.values[name] = *value;
    }
  }
  for (const auto* name : texts) {
    ATHANOR_TRY(const auto value, fields.text(name));
    if (value) {
      request.values[name] = *value;
    }
  }
  if (request.values.contains("automl_algorithm")) {
    ATHANOR_CHECK_OK(check_algorithm(request.values["automl_algorithm"]));
  }
  ATHANOR_TRY(const auto delete_checkpoints, fields.boolean("automl_delete_intermediate_ckpt"));
  if (delete_checkpoints) {
    request.values["automl_delete_intermediate_ckpt"] = *delete_checkpoints;
  }
  return request;
}

Status apply_automl(const AutomlRequest& request, bool network_supports_automl, Json& automl) {
  if (!request.enabled) {
    return {};
  }
  if (!*request.enabled) {
    automl["automl_enabled"] = false;
    return {};
  }
  if (!network_supports_automl) {
    return fail(ErrorCode::invalid_argument, "\"automl_enabled\": this network has no AutoML");
  }
  automl["automl_enabled"] = true;
  automl["automl_algorithm"] = "Bayesian";
  automl["metric"] = "map";
  automl["automl_add_hyperparameters"] = "";
  automl["automl_remove_hyperparameters"] = "";
  automl.update(request.values);
  return {};
}

}  // namespace athanor::api
