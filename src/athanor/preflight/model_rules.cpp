#include "athanor/preflight/model_rules.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/catalog/engine_shapes.hpp"
#include "athanor/catalog/input_size.hpp"
#include "athanor/preflight/spec_rules.hpp"
#include "athanor/spec/shared_keys.hpp"

namespace athanor::preflight {

namespace {

namespace rows = spec::keys::shared;

constexpr Bound export_bounds[] = {{rows::min_batch_size.path, 1},
                                   {rows::opt_batch_size.path, 1},
                                   {rows::max_batch_size.path, 1},
                                   {rows::max_workspace_size.path, 1},
                                   {rows::batch_size.path, 1},
                                   {rows::batches.path, 1}};
constexpr Bound pruning_bounds[] = {{rows::pruning_granularity.path, 1},
                                    {rows::min_num_filters.path, 0}};

/// Of two that are given and are batch sizes.
void check_order(const JobFacts& job,
                 const spec::Key<std::int64_t>& less,
                 const spec::Key<std::int64_t>& more,
                 Faults& faults) {
  const auto low = job.spec.find(less);
  const auto high = job.spec.find(more);
  if (low && high && *high >= 1 && *low > *high) {
    faults.add(
        less.path,
        fmt::format(
            "{} is more than {}, {}; lower the one or raise the other", *low, more.path, *high));
  }
}

/// Channels, height and width of the pictures that the model takes, where its training is known.
std::optional<std::array<std::int64_t, 3>> picture_of_model(const JobFacts& job) {
  const auto text = job.origin ? job.origin->spec.find(rows::input_image_size) : std::nullopt;
  const auto size = text ? catalog::parse_input_size(*text) : fail(ErrorCode::not_found, "");
  if (!size) {
    return std::nullopt;
  }
  return std::array<std::int64_t, 3>{size->channels, size->height, size->width};
}

}  // namespace

void check_export(const JobFacts& job, Faults& faults) {
  if (job.action != "export") {
    return;
  }
  if (const auto fixed = job.spec.find(rows::static_batch_size).value_or(-1);
      fixed < -1 || fixed == 0) {
    faults.add(rows::static_batch_size.path,
               fmt::format("{} is no batch size; -1 leaves it open", fixed));
  }
  check_bounds(job, export_bounds, faults);
  check_order(job, rows::opt_batch_size, rows::max_batch_size, faults);
  check_order(job, rows::min_batch_size, rows::opt_batch_size, faults);
  check_order(job, rows::min_batch_size, rows::max_batch_size, faults);
}

void check_conversion(const JobFacts& job, Faults& faults) {
  const auto text = job.action == "convert" ? job.spec.find(rows::short_shapes) : std::nullopt;
  if (!text) {
    return;
  }
  const auto shapes = catalog::parse_engine_shapes(*text);
  const auto picture = picture_of_model(job);
  faults.add_failure(rows::short_shapes.path, shapes);
  if (shapes && picture && shapes->picture != *picture) {
    faults.add(
        rows::short_shapes.path,
        fmt::format("the model takes pictures of {0}, not of {1}; give {0} in every shape, or "
                    "max_batch_size instead of p",
                    fmt::join(*picture, "x"),
                    fmt::join(shapes->picture, "x")));
  }
}

void check_pruning(const JobFacts& job, Faults& faults) {
  if (job.action != "prune") {
    return;
  }
  check_bounds(job, pruning_bounds, faults);
  const auto threshold = job.spec.find(rows::pruning_threshold).value_or(0);
  const bool by_largest = job.spec.find(rows::normalizer).value_or("max") == "max";
  if (by_largest && threshold >= 1 && job.spec.find(rows::min_num_filters) == 0) {
    faults.add(rows::pruning_threshold.path,
               fmt::format("no filter is above {}, since the largest of a layer counts as 1, and "
                           "min_num_filters 0 keeps none: nothing would be left; lower the one or "
                           "raise the other",
                           threshold));
  }
}

}  // namespace athanor::preflight
