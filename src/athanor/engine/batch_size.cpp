#include "athanor/engine/batch_size.hpp"

#include <fmt/format.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/memory_limit.hpp"
#include "athanor/engine/read_ahead.hpp"
#include "athanor/engine/step_memory.hpp"
#include "athanor/engine/tuning.hpp"

namespace athanor::engine {

namespace {

constexpr double megabyte = 1e6;

/// Tensors of a parameter's size beside it and its gradient: two of the optimiser, the moving
/// average if there is one, and copies of all that for the checkpoint that is being written.
double tensors_per_parameter(const TrainingOptions& training) {
  const double state = training.moving_average_decay > 0 ? 3 : 2;
  return state + (1 + state);
}

/// Of a step, and what is kept for each parameter.
StepMemory memory_of(const BatchSizeProbe& probe, const TrainingOptions& training) {
  probe.module->train();
  auto memory = measure_step_memory([&](std::int64_t batch_size) {
    auto shape = probe.sample_shape;
    shape.insert(shape.begin(), batch_size);
    probe.loss(torch::zeros(shape).contiguous(torch::MemoryFormat::ChannelsLast)).backward();
    probe.module->zero_grad(/*set_to_none=*/true);
  });
  double parameter_bytes = 0;
  for (const auto& parameter : probe.module->parameters()) {
    parameter_bytes += static_cast<double>(parameter.nbytes());
  }
  memory.add({.fixed = tensors_per_parameter(training) * parameter_bytes});
  return memory;
}

double bytes_of_sample(const BatchSizeProbe& probe) {
  double bytes = sizeof(float);
  for (const auto side : probe.sample_shape) {
    bytes *= static_cast<double>(side);
  }
  return bytes;
}

}  // namespace

std::int64_t settle_batch_size(const Job& job,
                               std::int64_t wanted,
                               const TrainingOptions& training,
                               const BatchSizeProbe& probe) {
  auto tuning = value_or_throw(read_tuning(job.artifacts));
  if (!tuning.batch_size) {
    const auto memory = memory_of(probe, training);
    const ReadAhead reading{probe.samples, training.workers, training.batches_ahead};
    const auto bytes_of = [&](std::int64_t batch_size) {
      return memory.of(batch_size) + reading.samples_held(batch_size) * bytes_of_sample(probe);
    };
    const auto available = available_memory();
    tuning.batch_size = fitting_batch_size(wanted, available, bytes_of);
    job.log(
        fmt::format("Automatic batch size: a step of {} pictures, with those that are read ahead, "
                    "takes about {:.0f} MB of {:.0f} MB that are free",
                    *tuning.batch_size,
                    bytes_of(*tuning.batch_size) / megabyte,
                    available / megabyte));
    throw_if_failed(write_tuning(job.artifacts, tuning));
  }
  return *tuning.batch_size;
}

}  // namespace athanor::engine
