#pragma once

#include <string>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/spec/parameter.hpp"

namespace athanor::spec {

/// What a schema takes from the resource it is served for.
struct SchemaContext {
  std::vector<std::string> classes = {};  ///< Of the linked train datasets; empty when unknown.
  bool pretrained = false;                ///< The model starts from pretrained weights.
  /// What the weights tell that a training starts from, by Parameter::ptm_property ("arch",
  /// "n_layers"); an object.
  Json pretrained_properties = Json::object();
  /// The specs that they were trained with here, the newest first: one of a retraining leaves out
  /// what it took over. Empty where they are unknown.
  std::vector<Json> pretrained_specs = {};
};

/// The schema document of contract 5.1: nested properties with a complete, runnable `default` at
/// the root, `required`, `popular` and `automl_default_parameters`. Infinite bounds are left out.
/// Leaves without effect carry "x-athanor": "ignored".
[[nodiscard]] Json schema(const Table& table, const SchemaContext& context = {});

/// The schema's `default` alone.
[[nodiscard]] Json defaults(const Table& table, const SchemaContext& context = {});

}  // namespace athanor::spec
