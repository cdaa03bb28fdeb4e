#pragma once

#include <span>
#include <string_view>

namespace athanor::catalog {

/// Whose job it is: "convert" of a model makes an engine, that of a dataset another form of it.
enum class JobOwner { dataset, model };

/// Which jobs of its owner a job may start from (contract table 6.2).
struct ChainingRule {
  std::string_view action;
  std::span<const std::string_view> parents;  ///< Actions it may follow.
  bool needs_parent = false;                  ///< Without one the job ends in Error.
};

/// The rule of an action; unknown actions have no parents and need none.
[[nodiscard]] ChainingRule chaining_rule(JobOwner owner, std::string_view action);

[[nodiscard]] bool may_follow(JobOwner owner, std::string_view child, std::string_view parent);

/// Whether a job of this action trains weights: train and retrain.
[[nodiscard]] bool is_training(std::string_view action);

/// Whether a job of this action in Error can go on where it stopped (contract S2.16).
[[nodiscard]] bool can_resume(std::string_view action);

}  // namespace athanor::catalog
