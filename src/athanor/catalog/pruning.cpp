#include "athanor/catalog/pruning.hpp"

#include <string_view>

#include <fmt/format.h>

namespace athanor::catalog {

namespace {

double number_or(const Json& spec, std::string_view path, double otherwise) {
  const auto* given = find_path(spec, path);
  return given != nullptr && given->is_number() ? given->get<double>() : otherwise;
}

}  // namespace

std::string pruning_fault(const Json& spec) {
  if (const auto granularity = number_or(spec, "pruning_granularity", 1); granularity < 1) {
    return fmt::format("pruning_granularity: {} is below 1", granularity);
  }
  const auto least = number_or(spec, "min_num_filters", 1);
  if (least < 0) {
    return fmt::format("min_num_filters: {} is below 0", least);
  }
  const auto* normalizer = find_path(spec, "normalizer");
  const bool by_largest = normalizer == nullptr || *normalizer == "max";
  const auto threshold = number_or(spec, "pruning_threshold", 0);
  if (by_largest && threshold >= 1 && least < 1) {
    return fmt::format(
        "pruning_threshold: no filter is above {}, since the largest of a layer counts as 1, and "
        "min_num_filters {} keeps none: nothing would be left; lower the one or raise the other",
        threshold,
        least);
  }
  return {};
}

}  // namespace athanor::catalog
