#include "athanor/engine/training_spec.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/spec/schema.hpp"

namespace athanor::engine {

namespace {

Json value_at(const Json& spec, std::string_view path) {
  const auto* value = spec.is_object() ? find_path(spec, path) : nullptr;
  return value == nullptr ? Json(nullptr) : *value;
}

bool is_in(std::initializer_list<std::string_view> groups, std::string_view path) {
  return std::any_of(groups.begin(), groups.end(), [path](std::string_view group) {
    return path == group ||
           (path.starts_with(group) && path.size() > group.size() && path[group.size()] == '.');
  });
}

}  // namespace

void log_departures(const Job& job,
                    const Json& trained_with,
                    std::initializer_list<std::string_view> groups) {
  const auto* table = spec::find_table(job.request.network, job.request.action);
  if (table == nullptr) {
    return;
  }
  const bool is_known = trained_with.is_object();
  const auto defaults = spec::defaults(*table);
  std::vector<std::string> without_effect;
  for (const auto& row : table->parameters) {
    if (!row.effective || row.type == spec::Type::object || !is_in(groups, row.path)) {
      continue;
    }
    const auto given = value_at(job.request.spec, row.path);
    const auto trained = value_at(trained_with, row.path);
    if (given.is_null() || given == value_at(defaults, row.path) ||
        (is_known && given == trained)) {
      continue;
    }
    if (!is_known) {
      without_effect.push_back(fmt::format("{} {}", row.path, to_text(given)));
      continue;
    }
    job.log(fmt::format("{} is {} in the spec, but the model was trained {}, which counts",
                        row.path,
                        to_text(given),
                        trained.is_null() ? "without it" : "with " + to_text(trained)));
  }
  if (!without_effect.empty()) {
    job.log(fmt::format(
        "What the model was trained with counts, but its file does not tell that; these "
        "values of the spec have no effect, whether they are the same or not: {}",
        fmt::join(without_effect, ", ")));
  }
}

std::map<std::string, Json> settled_departures(const Job& job,
                                               const Json& trained_with,
                                               std::initializer_list<std::string_view> paths) {
  std::map<std::string, Json> settled;
  if (!trained_with.is_object()) {
    return settled;
  }
  for (const auto path : paths) {
    auto trained = value_at(trained_with, path);
    if (trained != value_at(job.request.spec, path)) {
      settled.emplace(path, std::move(trained));
    }
  }
  return settled;
}

}  // namespace athanor::engine
