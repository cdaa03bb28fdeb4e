#include "athanor/api/automl_fields.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "athanor/core/json_strings.hpp"

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

Status check_parameter_list(const char* name, const std::string& text) {
  if (!parse_parameter_list(text)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" must be a string that holds a list of parameters such as "
                            "\"['train_config.n_epochs']\"",
                            name));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> parse_parameter_list(std::string text) {
  if (text.empty()) {
    return std::vector<std::string>();
  }
  if (text.find('"') == std::string::npos) {
    std::ranges::replace(text, '\'', '"');  // Python's quotes.
  }
  ATHANOR_TRY(const auto list, parse_json(text));
  auto names = list_of_strings(list);
  if (!names) {
    return fail(ErrorCode::invalid_argument, "not a list of strings");
  }
  return std::move(*names);
}

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
  for (const auto* name : {"automl_add_hyperparameters", "automl_remove_hyperparameters"}) {
    ATHANOR_CHECK_OK(check_parameter_list(name, request.values.value(name, "")));
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
