#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/preflight/facts.hpp"
#include "athanor/preflight/faults.hpp"

/// Building blocks for rules about single values of a spec.
namespace athanor::preflight {

/// The least value of a number, which not every table of a network bounds.
struct Bound {
  std::string_view path;
  double least;
};

void check_bounds(const JobFacts& job, std::span<const Bound> bounds, Faults& faults);

/// At most one of these groups is given.
void check_one_of(const JobFacts& job, std::span<const std::string_view> groups, Faults& faults);

/// Nesterov's look ahead needs a momentum to look along.
void check_nesterov(const JobFacts& job,
                    spec::Key<bool> nesterov,
                    spec::Key<double> momentum,
                    Faults& faults);

/// Parts of a training from 0 to 1, each later than the one before, and not before `warm_up` ends.
void check_points(std::string_view path,
                  std::span<const double> points,
                  double warm_up,
                  Faults& faults);

/// A list of {"key", "value"} objects.
struct NamedNumbers {
  std::vector<std::string> names;
  std::vector<double> values;  ///< One for each name.
  bool well_formed = true;
};

/// Adds a fault where the list at `path` is another; it may be absent.
[[nodiscard]] NamedNumbers read_named_numbers(const JobFacts& job,
                                              std::string_view path,
                                              Faults& faults);

/// Each name is one of `known`; `kind` says what of ("class"). Of many others, the first are told.
void check_known_names(std::string_view path,
                       std::span<const std::string> names,
                       const std::vector<std::string>& known,
                       std::string_view kind,
                       Faults& faults);

/// Whether the value is there and is not that of the schema's default.
[[nodiscard]] bool is_chosen(const JobFacts& job, std::string_view path);

}  // namespace athanor::preflight
