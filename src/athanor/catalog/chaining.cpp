#include "athanor/catalog/chaining.hpp"

#include <algorithm>
#include <array>

namespace athanor::catalog {

namespace {

using Names = std::span<const std::string_view>;
using Rules = std::span<const ChainingRule>;

constexpr std::array<std::string_view, 2> trained{"train", "retrain"};
constexpr std::array<std::string_view, 2> retrainable{"train", "prune"};
constexpr std::array<std::string_view, 3> weight_makers{"train", "prune", "retrain"};
constexpr std::array<std::string_view, 5> model_makers{
    "train", "prune", "retrain", "export", "convert"};
constexpr std::array<std::string_view, 1> exported{"export"};
constexpr std::array<std::string_view, 1> train_only{"train"};
constexpr std::array<std::string_view, 1> converted_speech{"dataset_convert"};
constexpr std::array<std::string_view, 1> augmented{"augment"};

constexpr std::array<ChainingRule, 10> model_rules{{
    {"evaluate", model_makers, false},
    {"inference", model_makers, false},
    {"prune", trained, true},
    {"retrain", retrainable, true},
    {"export", weight_makers, true},
    {"convert", exported, true},
    {"calibration_tensorfile", weight_makers, true},
    {"confmat", weight_makers, false},
    {"finetune", train_only, false},
    {"pitch_stats", converted_speech, false},
}};

constexpr std::array<ChainingRule, 3> dataset_rules{{
    {"convert", augmented, false},
    {"convert_and_index", augmented, false},
    {"convert_efficientdet", augmented, false},
}};

}  // namespace

ChainingRule chaining_rule(JobOwner owner, std::string_view action) {
  const auto rules = owner == JobOwner::model ? Rules(model_rules) : Rules(dataset_rules);
  const auto found = std::ranges::find(rules, action, &ChainingRule::action);
  return found == rules.end() ? ChainingRule{action, Names{}, false} : *found;
}

bool may_follow(JobOwner owner, std::string_view child, std::string_view parent) {
  const auto parents = chaining_rule(owner, child).parents;
  return std::ranges::find(parents, parent) != parents.end();
}

bool is_training(std::string_view action) {
  return std::ranges::find(trained, action) != trained.end();
}

bool can_resume(std::string_view action) {
  return is_training(action);
}

}  // namespace athanor::catalog
