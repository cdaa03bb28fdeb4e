#include "athanor/engine/export_options.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace athanor::engine {

namespace {

/// The value, or none where the spec or its table lack it.
template <class T>
std::optional<T> value_of(const Json& spec, std::string_view path) {
  const auto* value = find_path(spec, path);
  return value == nullptr || value->is_null() ? std::nullopt : std::optional(value->get<T>());
}

/// `kind` says what the number is of ("batch size").
std::optional<std::int64_t> count_of(const Json& spec,
                                     std::string_view path,
                                     std::string_view kind = "batch size") {
  const auto count = value_of<std::int64_t>(spec, path);
  if (count && *count < 1) {
    throw std::invalid_argument(fmt::format("{}: {} is no {}; set 1 or more", path, *count, kind));
  }
  return count;
}

std::int64_t fixed_batch_of(const Json& spec) {
  constexpr std::string_view path = "static_batch_size";
  const auto batch = value_of<std::int64_t>(spec, path).value_or(-1);
  if (batch < -1 || batch == 0) {
    throw std::invalid_argument(
        fmt::format("{}: {} is no batch size; -1 leaves it open", path, batch));
  }
  return batch == -1 ? 0 : batch;
}

runtime::Precision precision_of(const Json& spec) {
  constexpr const char* path = "data_type";
  auto precision = runtime::parse_precision(value_of<std::string>(spec, path).value_or("fp32"));
  if (!precision) {
    throw std::invalid_argument(precision.error().within(path).message);
  }
  return *precision;
}

/// The smallest, the usual and the largest batch rise, as far as they are given.
void check_order(const ExportOptions& options) {
  if (options.usual_batch.value_or(1) > options.largest_batch) {
    throw std::invalid_argument(fmt::format("opt_batch_size: {} is more than max_batch_size, {}",
                                            *options.usual_batch,
                                            options.largest_batch));
  }
  const auto most = options.usual_batch.value_or(options.largest_batch);
  if (options.smallest_batch.value_or(1) > most) {
    throw std::invalid_argument(
        fmt::format("min_batch_size: {} is more than {}, {}",
                    *options.smallest_batch,
                    options.usual_batch ? "opt_batch_size" : "max_batch_size",
                    most));
  }
}

}  // namespace

ExportOptions read_export_options(const Json& spec) {
  ExportOptions options;
  options.batch_size = fixed_batch_of(spec);
  options.fold_batch_norm = value_of<bool>(spec, "athanor.fold_batch_norm").value_or(true);
  options.deepstream_config = value_of<bool>(spec, "gen_ds_config").value_or(true);
  options.smallest_batch = count_of(spec, "min_batch_size");
  options.usual_batch = count_of(spec, "opt_batch_size");
  options.largest_batch =
      count_of(spec, "max_batch_size")
          .value_or(std::max(options.largest_batch, options.usual_batch.value_or(1)));
  check_order(options);
  options.precision = precision_of(spec);
  options.workspace_bytes = count_of(spec, "max_workspace_size", "number of bytes");
  return options;
}

}  // namespace athanor::engine
