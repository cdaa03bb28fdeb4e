#include "athanor/catalog/chaining.hpp"

#include <algorithm>
#include <array>

namespace athanor::catalog {

namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 2> trained{"train", "retrain"};
constexpr std::array<std::string_view, 2> retrainable{"train", "prune"};
constexpr std::array<std::string_view, 3> weight_makers{"train", "prune", "retrain"};
constexpr std::array<std::string_view, 5> model_makers{
    "train", "prune", "retrain", "export", "convert"};
constexpr std::array<std::string_view, 1> exported{"export"};
constexpr std::array<std::string_view, 1> train_only{"train"};

constexpr std::array<ChainingRule, 9> rules{{
    {"evaluate", model_makers, false},
    {"inference", model_makers, false},
    {"prune", trained, true},
    {"retrain", retrainable, true},
    {"export", weight_makers, true},
    {"convert", exported, true},
    {"calibration_tensorfile", weight_makers, true},
    {"confmat", weight_makers, false},
    {"finetune", train_only, false},
}};

}  // namespace

ChainingRule chaining_rule(std::string_view action) {
  const auto found = std::ranges::find(rules, action, &ChainingRule::action);
  return found == rules.end() ? ChainingRule{action, Names{}, false} : *found;
}

bool may_follow(std::string_view child, std::string_view parent) {
  return std::ranges::find(chaining_rule(child).parents, parent) !=
         chaining_rule(child).parents.end();
}

bool is_training(std::string_view action) {
  return std::ranges::find(trained, action) != trained.end();
}

bool can_resume(std::string_view action) {
  return is_training(action);
}

}  // namespace athanor::catalog
