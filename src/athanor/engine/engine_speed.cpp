#include "athanor/engine/engine_speed.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/deployed_engine.hpp"

namespace athanor::engine {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr const char* untimed = "the engine cannot be timed";
constexpr int warm_ups = 2;
constexpr std::size_t fewest_runs = 5;
constexpr std::size_t most_runs = 50;
constexpr Milliseconds long_enough{1000};

Milliseconds time_run(runtime::Session& session, const torch::Tensor& pictures) {
  const auto began = Clock::now();
  (void)value_or_throw(session.run(view_of(pictures)), untimed);
  return Clock::now() - began;
}

double megabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

std::string describe(const runtime::MemoryPlan& plan) {
  return fmt::format(
      "{:.1f} MB of weights, {:.1f} MB of activations ({:.1f} MB without reuse), {:.1f} MB of "
      "scratch",
      megabytes(plan.weights),
      megabytes(plan.activations),
      megabytes(plan.activations_without_reuse),
      megabytes(plan.scratch));
}

}  // namespace

std::vector<std::int64_t> batches_to_time(const runtime::Engine& engine) {
  if (const auto fixed = engine.inputs().front().shape.front(); fixed != runtime::open_batch) {
    return {fixed};
  }
  const auto larger = std::min<std::int64_t>(engine.max_batch(), 8);
  return larger > 1 ? std::vector<std::int64_t>{1, larger} : std::vector<std::int64_t>{1};
}

EngineSpeed time_engine(runtime::Session& session, const torch::Tensor& pictures) {
  const auto batch = pictures.size(0);
  const auto memory = value_or_throw(session.memory_plan(batch), untimed);
  for (int i = 0; i < warm_ups; ++i) {
    (void)time_run(session, pictures);
  }
  std::vector<double> times;
  const auto began = Clock::now();
  while (times.size() < fewest_runs ||
         (times.size() < most_runs && Clock::now() - began < long_enough)) {
    times.push_back(time_run(session, pictures).count());
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return {batch, *middle, memory};
}

Json to_stats(const std::vector<EngineSpeed>& speeds) {
  Json stats = Json::object();
  for (const auto& speed : speeds) {
    const auto batch = fmt::format("batch_{}", speed.batch);
    stats["latency_" + batch] = fmt::format("{:.2f} ms", speed.milliseconds);
    stats["throughput_" + batch] =
        fmt::format("{:.1f} pictures a second", speed.pictures_per_second());
    stats["memory_" + batch] = describe(speed.memory);
  }
  return stats;
}

}  // namespace athanor::engine
