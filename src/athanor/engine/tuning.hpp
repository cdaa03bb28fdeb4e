#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "athanor/core/error.hpp"

namespace athanor::engine {

/// What a training chose for itself, kept in artifacts/tuning.json so that a resumed one chooses
/// the same.
struct Tuning {
  std::optional<std::int64_t> batch_size;
  std::optional<double> learning_rate;
};

/// Empty where nothing was chosen; invalid_argument where the file is damaged.
[[nodiscard]] Result<Tuning> read_tuning(const std::filesystem::path& artifacts);

[[nodiscard]] Status write_tuning(const std::filesystem::path& artifacts, const Tuning& tuning);

}  // namespace athanor::engine
