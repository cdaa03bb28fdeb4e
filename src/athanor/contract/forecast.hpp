#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::contract {

/// The worker's forecast of a training, beside status.json; there once the first stage is over.
inline constexpr const char* forecast_file = "preflight.json";

/// What a forecast was worked out from.
struct ForecastBasis {
  std::int64_t samples = 0;  ///< In the largest step that was measured.
  std::int64_t training_samples = 0;
  std::int64_t validation_samples = 0;
  int threads = 1;           ///< That compute.
  int workers = 0;           ///< That read.
  double step_seconds = 0;   ///< Forward, backward and optimiser, of a whole batch.
  double read_seconds = 0;   ///< Of one training sample, on one thread.
  double step_bytes = 0;     ///< The most that tensors of a step of a whole batch take.
  double process_bytes = 0;  ///< What the process takes beside them.
  double seconds = 0;        ///< How long measuring took.
};

/// What a training will take, as it was forecast before its first step.
struct Forecast {
  std::string created_on;
  std::string refusal;            ///< Why the job cannot work, with the mend; empty where it can.
  double memory_bytes = 0;        ///< The most that the process will hold.
  double memory_limit_bytes = 0;  ///< Of the machine or of the group that the process is in.
  double seconds_per_epoch = 0;
  double seconds_total = 0;
  std::int64_t epochs = 0;
  std::int64_t batch_size = 0;
  ForecastBasis basis;
};

[[nodiscard]] Json to_json(const Forecast& forecast);

/// Writes it atomically into a job directory.
[[nodiscard]] Status write_forecast(const std::filesystem::path& directory,
                                    const Forecast& forecast);

/// As it was written; not_found where there is none.
[[nodiscard]] Result<Json> read_forecast(const std::filesystem::path& directory);

}  // namespace athanor::contract
