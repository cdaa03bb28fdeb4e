#include "athanor/contract/forecast.hpp"

#include <cmath>

#include "athanor/core/json_file.hpp"

namespace athanor::contract {

namespace {

Json whole(double bytes) {
  return static_cast<std::int64_t>(std::llround(bytes));
}

Json to_json(const ForecastBasis& basis) {
  return {{"samples", basis.samples},
          {"training_samples", basis.training_samples},
          {"validation_samples", basis.validation_samples},
          {"threads", basis.threads},
          {"workers", basis.workers},
          {"step_seconds", basis.step_seconds},
          {"read_seconds", basis.read_seconds},
          {"step_bytes", whole(basis.step_bytes)},
          {"process_bytes", whole(basis.process_bytes)},
          {"seconds", basis.seconds}};
}

}  // namespace

Json to_json(const Forecast& forecast) {
  return {{"created_on", forecast.created_on},
          {"verdict", forecast.refusal.empty() ? "works" : "fails"},
          {"message", forecast.refusal.empty() ? Json(nullptr) : Json(forecast.refusal)},
          {"memory_bytes", whole(forecast.memory_bytes)},
          {"memory_limit_bytes", whole(forecast.memory_limit_bytes)},
          {"seconds_per_epoch", forecast.seconds_per_epoch},
          {"seconds_total", forecast.seconds_total},
          {"epochs", forecast.epochs},
          {"batch_size", forecast.batch_size},
          {"based_on", to_json(forecast.basis)}};
}

Status write_forecast(const std::filesystem::path& directory, const Forecast& forecast) {
  return write_json_file(directory / forecast_file, to_json(forecast));
}

Result<Json> read_forecast(const std::filesystem::path& directory) {
  return read_json_file(directory / forecast_file);
}

}  // namespace athanor::contract
