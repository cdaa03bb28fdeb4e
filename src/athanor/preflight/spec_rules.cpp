#include "athanor/preflight/spec_rules.hpp"

#include <fmt/format.h>

namespace athanor::preflight {

namespace {

bool is_given(const Json* group) {
  return group != nullptr && group->is_object() && !group->empty();
}

bool is_named_number(const Json& item) {
  return item.is_object() && item.contains("key") && item.contains("value") &&
         item.at("key").is_string() && item.at("value").is_number();
}

}  // namespace

void check_bounds(const JobFacts& job, std::span<const Bound> bounds, Faults& faults) {
  for (const auto& [path, least] : bounds) {
    const auto* value = find_path(job.spec.json(), path);
    if (value != nullptr && value->is_number() && !(value->get<double>() >= least)) {
      faults.add(path, fmt::format("{} is below the least value {}", value->get<double>(), least));
    }
  }
}

void check_one_of(const JobFacts& job, std::span<const std::string_view> groups, Faults& faults) {
  std::string_view first;
  for (const auto group : groups) {
    if (!is_given(find_path(job.spec.json(), group))) {
      continue;
    }
    if (!first.empty()) {
      faults.add(group, fmt::format("{} is given too; keep one of them", first));
    }
    first = group;
  }
}

void check_nesterov(const JobFacts& job,
                    spec::Key<bool> nesterov,
                    spec::Key<double> momentum,
                    Faults& faults) {
  if (job.trains() && job.spec.find(nesterov).value_or(false) &&
      job.spec.find(momentum).value_or(1) == 0) {
    faults.add(
        nesterov.path,
        fmt::format("there is no momentum to look along; set {} above 0, or turn nesterov off",
                    momentum.path));
  }
}

void check_points(std::string_view path,
                  std::span<const double> points,
                  double warm_up,
                  Faults& faults) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!(points[i] >= 0 && points[i] <= 1)) {
      faults.add(path,
                 fmt::format("{} is no part of the training; give parts from 0 to 1", points[i]));
      return;
    }
    if (i > 0 && points[i] <= points[i - 1]) {
      faults.add(path,
                 fmt::format("{} does not come after {}; give the points in rising order",
                             points[i],
                             points[i - 1]));
      return;
    }
  }
  if (!points.empty() && points.front() < warm_up) {
    faults.add(path,
               fmt::format("the learning rate drops at {} of the training and is to rise until {}; "
                           "lower soft_start or move the point",
                           points.front(),
                           warm_up));
  }
}

NamedNumbers read_named_numbers(const JobFacts& job, std::string_view path, Faults& faults) {
  NamedNumbers numbers;
  const auto* list = find_path(job.spec.json(), path);
  if (list == nullptr || list->is_null()) {
    return numbers;
  }
  for (const auto& item : list->is_array() ? *list : Json::array({*list})) {
    if (!is_named_number(item)) {
      faults.add(path, "each item needs a key (a name) and a value (a number)");
      return {{}, {}, false};
    }
    numbers.names.push_back(item.at("key"));
    numbers.values.push_back(item.at("value").get<double>());
  }
  return numbers;
}

void check_known_names(std::string_view path,
                       std::span<const std::string> names,
                       const std::vector<std::string>& known,
                       std::string_view kind,
                       Faults& faults) {
  const auto tell = [&known, kind](const std::string& name) {
    return fmt::format("there is no {} \"{}\"; there are {}", kind, name, some_of(known));
  };
  add_each_missing(names, known, path, tell, faults);
}

bool is_chosen(const JobFacts& job, std::string_view path) {
  const auto* value = find_path(job.spec.json(), path);
  const auto* usual = job.defaults != nullptr ? find_path(*job.defaults, path) : nullptr;
  return value != nullptr && !value->is_null() && (usual == nullptr || *usual != *value);
}

}  // namespace athanor::preflight
