#include "athanor/engine/export_options.hpp"

#include <algorithm>
#include <stdexcept>
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

std::optional<std::int64_t> batch_of(const Json& spec, std::string_view path) {
  const auto batch = value_of<std::int64_t>(spec, path);
  if (batch && *batch < 1) {
    throw std::invalid_argument(
        fmt::format("{}: {} is no batch size; set 1 or more", path, *batch));
  }
  return batch;
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

}  // namespace

ExportOptions read_export_options(const Json& spec) {
  ExportOptions options;
  options.batch_size = fixed_batch_of(spec);
  options.fold_batch_norm = value_of<bool>(spec, "athanor.fold_batch_norm").value_or(true);
  options.deepstream_config = value_of<bool>(spec, "gen_ds_config").value_or(true);
  options.usual_batch = batch_of(spec, "opt_batch_size");
  options.largest_batch =
      batch_of(spec, "max_batch_size")
          .value_or(std::max(options.largest_batch, options.usual_batch.value_or(1)));
  if (options.usual_batch.value_or(1) > options.largest_batch) {
    throw std::invalid_argument(fmt::format("opt_batch_size: {} is more than max_batch_size, {}",
                                            *options.usual_batch,
                                            options.largest_batch));
  }
  return options;
}

}  // namespace athanor::engine
