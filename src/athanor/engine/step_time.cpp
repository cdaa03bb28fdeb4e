#include "athanor/engine/step_time.hpp"

#include <algorithm>
#include <cmath>

namespace athanor::engine {

namespace {

double pass_seconds(const EpochLoad& load,
                    const StepTime& step,
                    std::int64_t samples,
                    std::int64_t batch_size,
                    int workers) {
  const auto count = static_cast<double>(samples);
  const double computing = step.of(count, std::ceil(count / static_cast<double>(batch_size)));
  const double reading = count * load.read_seconds;
  if (workers == 0) {
    return computing + reading;
  }
  const double shared = (computing * load.threads + reading) / std::max(load.cores, load.threads);
  return std::max({computing, reading / workers, shared});
}

}  // namespace

StepTime fit_step_time(double few, double seconds_of_few, double more, double seconds_of_more) {
  const double mean = seconds_of_more / more;
  const double slope = more > few ? (seconds_of_more - seconds_of_few) / (more - few) : mean;
  const double per_sample = std::clamp(slope, mean / 2, mean);
  return {seconds_of_more - more * per_sample, per_sample};
}

double epoch_seconds(const EpochLoad& load) {
  const auto& extent = load.extent;
  return pass_seconds(load, load.train, extent.samples, extent.batch_size, load.workers) +
         pass_seconds(load,
                      load.validate,
                      extent.validation_samples,
                      extent.validation_batch_size,
                      extent.validation_workers);
}

}  // namespace athanor::engine
