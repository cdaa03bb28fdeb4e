#pragma once

#include <span>
#include <string_view>

/// What can be chosen: networks, dataset types and formats, their actions. Torch-free, so that
/// the server can answer for networks whose code lives in the worker.
namespace athanor::catalog {

/// One line of the network list.
struct NetworkInfo {
  std::string_view name;          ///< The API's network_arch.
  std::string_view dataset_type;  ///< What its datasets must be.
  /// Every action the API knows for it, in the order users see; each has a parameter table.
  std::span<const std::string_view> actions;
  /// The actions that run today. `actions` of a model record lists these.
  std::span<const std::string_view> runnable;
  bool supports_automl = false;
  bool classwise = false;  ///< Schema defaults follow the train datasets' classes.
};

/// The sixteen networks, in the order of the API's enum.
[[nodiscard]] std::span<const NetworkInfo> networks();

/// The network called `name`, or nullptr. "classification_tf1" and "efficientdet_tf1" are aliases.
[[nodiscard]] const NetworkInfo* find_network(std::string_view name);

/// The API's own spelling of an action: "gen_trt_engine" is "convert", and so on.
[[nodiscard]] std::string_view canonical_action(std::string_view action);

}  // namespace athanor::catalog
