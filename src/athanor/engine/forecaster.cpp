#include "athanor/engine/forecaster.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <malloc.h>
#include <memory>
#include <new>
#include <sched.h>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "athanor/contract/forecast.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/memory_limit.hpp"
#include "athanor/engine/optimizer_state.hpp"
#include "athanor/engine/read_ahead.hpp"
#include "athanor/engine/rollback.hpp"
#include "athanor/engine/step_memory.hpp"
#include "athanor/engine/step_time.hpp"
#include "athanor/tensor/out_of_memory.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

constexpr std::int64_t most_samples = 4;
constexpr std::int64_t few_samples = 2;
/// Steps are repeated for so long, since the first ones are slower than those that follow and find
/// memory that is not in pieces yet.
constexpr double patience_seconds = 0.75;
constexpr int least_repeats = 2;
constexpr int most_repeats = 5;
/// A forecast this many times over the limit is too far off to be an error of the forecast.
constexpr double wide_margin = 1.25;
/// Torch's memory lies in pieces between that of other libraries, so that the process takes more
/// for what more samples add: in the median of twelve backbones this many times.
constexpr double room_between_pieces = 1.25;
/// What the process takes beyond its first steps: readers and writer have buffers, and the pieces
/// grow. In the median of ten trainings so much.
constexpr double later_bytes = 125e6;
/// What is left to everything else when a batch size is advised.
constexpr double usable_share = 0.9;
constexpr double bytes_per_megabyte = 1e6;

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Those that the process may run on.
int usable_cores() {
  cpu_set_t set;
  const bool known = sched_getaffinity(0, sizeof(set), &set) == 0;
  return known ? CPU_COUNT(&set) : static_cast<int>(std::thread::hardware_concurrency());
}

std::int64_t bytes_of(const Batch& batch) {
  auto sum = static_cast<std::int64_t>(batch.input.nbytes());
  for (const auto& target : batch.targets) {
    sum += static_cast<std::int64_t>(target.nbytes());
  }
  return sum;
}

/// Steps of a task and what they take. What it does to the task is the caller's to undo.
class StepProbe {
 public:
  StepProbe(TrainingTask& task, const TrainingOptions& options)
      : task_(task),
        options_(options),
        optimizer_(make_optimizer(options.optimizer, options.regularizer, task.module())),
        l1_kernels_(options.regularizer.penalty == Penalty::l1
                        ? regularized_kernels(options.regularizer, task.module())
                        : std::vector<torch::Tensor>{}) {
    // The work is the same at any rate, and at none the weights stay good.
    set_learning_rate(*optimizer_, 0);
  }

  void read() {
    const auto load = [this] { batch_ = task_.load_first(most_samples); };
    load();
    read_seconds_ = seconds_of(load) / static_cast<double>(batch_.size);
  }

  /// What tensors take, from a step of each size; the peak of the process is that of these.
  void measure_memory() {
    task_.module().train();
    train(batch_.size);  // Makes the state of the optimiser.
    train_memory_ = memory_of([this](std::int64_t samples) { train(samples); });
    task_.module().eval();
    validation_memory_ = memory_of([this](std::int64_t samples) { validate(samples); });
  }

  /// What settled steps take of time and of the process's memory.
  void measure_steps() {
    task_.module().train();
    const auto train_step = [this](std::int64_t samples) { train(samples); };
    const auto few = std::min(few_samples, batch_.size);
    const auto with_few = settle(train_step, few);
    const auto with_more = settle(train_step, batch_.size);
    train_time_ = time_of(few, with_few, with_more);
    process_bytes_ = with_more.peak_bytes;
    task_.module().eval();
    const auto validation_step = [this](std::int64_t samples) { validate(samples); };
    const auto validated_few = settle(validation_step, few);
    validation_time_ = time_of(few, validated_few, settle(validation_step, batch_.size));
  }

  /// What a checkpoint is copied into.
  [[nodiscard]] double snapshot_bytes() const {
    double sum = 0;
    for (const auto& [name, value] : tensor::state_dict(task_.module())) {
      sum += static_cast<double>(value.nbytes());
    }
    for (const auto& [name, value] : optimizer_state(*optimizer_, task_.module())) {
      sum += static_cast<double>(value.nbytes());
    }
    return sum;
  }

  [[nodiscard]] const Batch& batch() const { return batch_; }

  [[nodiscard]] double read_seconds() const { return read_seconds_; }

  [[nodiscard]] const StepMemory& train_memory() const { return train_memory_; }

  [[nodiscard]] const StepMemory& validation_memory() const { return validation_memory_; }

  /// Of the whole process while it trains with so many samples a step. It has in it what a count of
  /// tensors lacks: the work space of libraries, and memory that is free but in pieces.
  [[nodiscard]] double process_bytes(std::int64_t samples) const {
    return process_bytes_ +
           room_between_pieces * (train_memory_.of(samples) - train_memory_.of(batch_.size));
  }

  [[nodiscard]] const StepTime& train_time() const { return train_time_; }

  [[nodiscard]] const StepTime& validation_time() const { return validation_time_; }

 private:
  void train(std::int64_t samples) {
    task_.module().zero_grad(/*set_to_none=*/true);
    const auto result = task_.step(first_samples(batch_, samples));
    require_number(result.loss);
    result.loss.backward();
    add_l1_gradient(options_.regularizer, l1_kernels_);
    optimizer_->step();
  }

  void validate(std::int64_t samples) {
    const torch::NoGradGuard no_grad;
    (void)task_.step(first_samples(batch_, samples));
  }

  static void require_number(const torch::Tensor& loss) {
    if (!std::isfinite(loss.item<double>())) {
      throw std::invalid_argument(
          "the loss of the very first pictures is no number: look at the scaling of the pixels "
          "(image_mean), at weights of classes and at the model that the training starts from");
    }
  }

  [[nodiscard]] StepMemory memory_of(const std::function<void(std::int64_t)>& step) const {
    if (batch_.size < most_samples) {
      const auto all = static_cast<double>(peak_tensor_bytes([&] { step(batch_.size); }));
      return SampleBytes{0, all / static_cast<double>(batch_.size)};
    }
    return measure_step_memory(step);
  }

  struct Settled {
    double seconds = std::numeric_limits<double>::infinity();  ///< Of the quickest step.
    double peak_bytes = 0;                                     ///< Of the process.
  };

  static Settled settle(const std::function<void(std::int64_t)>& step, std::int64_t samples) {
    // What former steps left behind counts no more.
    ::malloc_trim(0);
    forget_peak_memory();
    Settled settled;
    double spent = 0;
    for (int i = 0; i < most_repeats && (i < least_repeats || spent < patience_seconds); ++i) {
      const double seconds = seconds_of([&] { step(samples); });
      settled.seconds = std::min(settled.seconds, seconds);
      spent += seconds;
    }
    settled.peak_bytes = peak_process_memory();
    return settled;
  }

  [[nodiscard]] StepTime time_of(std::int64_t few,
                                 const Settled& with_few,
                                 const Settled& with_more) const {
    return fit_step_time(static_cast<double>(few),
                         with_few.seconds,
                         static_cast<double>(batch_.size),
                         with_more.seconds);
  }

  TrainingTask& task_;
  const TrainingOptions& options_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<torch::Tensor> l1_kernels_;
  Batch batch_;
  double read_seconds_ = 0;
  StepMemory train_memory_ = SampleBytes{};
  StepMemory validation_memory_ = SampleBytes{};
  double process_bytes_ = 0;  ///< With the batch that it has.
  StepTime train_time_;
  StepTime validation_time_;
};

/// A pass over data; one without samples takes nothing.
struct Pass {
  ReadAhead reading;
  std::int64_t batch_size = 0;

  /// The most bytes: a step's, by its samples, and what is read of them.
  [[nodiscard]] double bytes(const BytesOfSamples& of_step, double sample_bytes) const {
    if (reading.samples == 0) {
      return 0;
    }
    const auto size = std::min(batch_size, reading.samples);
    return of_step(size) + reading.samples_held(size) * sample_bytes;
  }
};

class Forecaster {
 public:
  Forecaster(const Job& job, TrainingTask& task, const TrainingOptions& options)
      : job_(job), task_(task), options_(options), extent_(task.extent()) {}

  contract::Forecast run() {
    const double limit = memory_limit();
    forecast_.created_on = now_iso();
    forecast_.memory_limit_bytes = limit;
    forecast_.epochs = options_.epochs;
    forecast_.batch_size = std::min(extent_.batch_size, extent_.samples);
    try {
      forecast_.basis.seconds = seconds_of([&] { measure(limit); });
      judge(limit);
    } catch (const std::bad_alloc&) {
      forecast_.refusal = too_large_for_few();
    } catch (const c10::Error& error) {
      if (!tensor::is_out_of_memory(error)) {
        throw;
      }
      forecast_.refusal = too_large_for_few();
    } catch (const std::invalid_argument& error) {
      forecast_.refusal = error.what();
    } catch (const std::runtime_error& error) {
      forecast_.refusal = error.what();
    }
    return forecast_;
  }

 private:
  void measure(double limit) {
    // Whatever else the machine does must not suffer from a look at what cannot work.
    const MemoryFence fence(available_memory());
    const Rollback rollback(task_.module());
    forget_peak_memory();
    StepProbe probe(task_, options_);
    probe.read();
    probe.measure_memory();
    work_out_memory(probe, static_cast<double>(rollback.bytes()));
    if (!is_hopeless(limit)) {
      probe.measure_steps();
      work_out_time(probe);
      work_out_process_memory(probe, static_cast<double>(rollback.bytes()));
    }
  }

  void work_out_memory(const StepProbe& probe, double copied) {
    const auto measured = probe.batch().size;
    sample_bytes_ = static_cast<double>(bytes_of(probe.batch())) / static_cast<double>(measured);
    train_memory_ = probe.train_memory();
    auto& basis = forecast_.basis;
    basis.samples = measured;
    basis.process_bytes =
        std::max(0.0, peak_process_memory() - train_memory_.of(measured) - copied);
    if (options_.moving_average_decay > 0) {
      basis.process_bytes += copied;
    }
    basis.step_bytes = train_memory_.of(forecast_.batch_size);
    const double validation =
        validation_pass().bytes(
            [&](std::int64_t samples) { return probe.validation_memory().of(samples); },
            sample_bytes_) +
        gradient_bytes();
    certain_bytes_ = basis.process_bytes + std::max(training_bytes(extent_.batch_size), validation);
    forecast_.memory_bytes = certain_bytes_;
  }

  /// Where the process takes more than its tensors, which is the rule, it counts.
  void work_out_process_memory(const StepProbe& probe, double copied) {
    const double training =
        training_pass(extent_.batch_size)
            .bytes([&](std::int64_t samples) { return probe.process_bytes(samples); },
                   sample_bytes_);
    const double others =
        (options_.moving_average_decay > 0 ? 2 * copied : 0) + probe.snapshot_bytes() - copied;
    forecast_.memory_bytes = std::max(forecast_.memory_bytes, training + others + later_bytes);
  }

  /// They stay between the steps, and so through a validation.
  [[nodiscard]] double gradient_bytes() const {
    double sum = 0;
    for (const auto& parameter : task_.module().parameters()) {
      sum += parameter.requires_grad() ? static_cast<double>(parameter.nbytes()) : 0;
    }
    return sum;
  }

  void work_out_time(const StepProbe& probe) {
    auto& basis = forecast_.basis;
    basis.training_samples = extent_.samples;
    basis.validation_samples = extent_.validation_samples;
    basis.threads = at::get_num_threads();
    basis.workers = options_.workers;
    basis.read_seconds = probe.read_seconds();
    basis.step_seconds = probe.train_time().of(static_cast<double>(forecast_.batch_size), 1);
    forecast_.seconds_per_epoch = epoch_seconds({.extent = extent_,
                                                 .train = probe.train_time(),
                                                 .validate = probe.validation_time(),
                                                 .read_seconds = basis.read_seconds,
                                                 .workers = options_.workers,
                                                 .threads = basis.threads,
                                                 .cores = usable_cores()});
    forecast_.seconds_total = forecast_.seconds_per_epoch * static_cast<double>(options_.epochs);
  }

  [[nodiscard]] Pass training_pass(std::int64_t batch_size) const {
    return {.reading = {.samples = extent_.samples,
                        .workers = options_.workers,
                        .batches = options_.batches_ahead},
            .batch_size = batch_size};
  }

  [[nodiscard]] Pass validation_pass() const {
    return {
        .reading = {.samples = extent_.validation_samples, .workers = extent_.validation_workers},
        .batch_size = extent_.validation_batch_size};
  }

  /// What tensors of a training in batches of this size take.
  [[nodiscard]] double training_bytes(std::int64_t batch_size) const {
    return training_pass(batch_size)
        .bytes([this](std::int64_t samples) { return train_memory_.of(samples); }, sample_bytes_);
  }

  [[nodiscard]] bool is_hopeless(double limit) const {
    return certain_bytes_ > wide_margin * limit;
  }

  void judge(double limit) {
    if (!is_hopeless(limit)) {
      return;
    }
    const double room = usable_share * limit - forecast_.basis.process_bytes;
    const auto fitting =
        most_samples_within(room, forecast_.batch_size, [this](std::int64_t batch_size) {
          return training_bytes(batch_size);
        });
    forecast_.refusal = fmt::format(
        "out of memory: batches of {} take about {:.0f} MB of {:.0f} MB that there are; {}{}",
        forecast_.batch_size,
        forecast_.memory_bytes / bytes_per_megabyte,
        limit / bytes_per_megabyte,
        fitting >= 1 && fitting < forecast_.batch_size
            ? fmt::format("lower the batch size to {} or less, of validation too, or the input "
                          "size",
                          fitting)
            : std::string("lower the input size, or the batch size of validation"),
        options_.batches_ahead > 0 ? ", or max_queue_size, the batches that are read ahead" : "");
  }

  [[nodiscard]] std::string too_large_for_few() const {
    return fmt::format(
        "out of memory: even {} samples need more than the {:.0f} MB that are free; lower the "
        "input size or choose a smaller network",
        std::min(most_samples, forecast_.batch_size),
        available_memory() / bytes_per_megabyte);
  }

  const Job& job_;
  TrainingTask& task_;
  const TrainingOptions& options_;
  TrainingTask::Extent extent_;
  contract::Forecast forecast_;
  StepMemory train_memory_ = SampleBytes{};
  double certain_bytes_ = 0;  ///< What tensors take alone; no noise is in it, so it may refuse.
  double sample_bytes_ = 0;   ///< Of what is read, not of what a step makes of it.
};

}  // namespace

void forecast_training(const Job& job, TrainingTask& task, const TrainingOptions& options) {
  const auto directory = job.artifacts.parent_path();
  const bool is_done = std::filesystem::exists(directory / contract::forecast_file);
  if (is_done || !job.request.preflight || task.extent().samples == 0 ||
      job.stop.stop_requested()) {
    return;
  }
  const auto forecast = Forecaster(job, task, options).run();
  throw_if_failed(contract::write_forecast(directory, forecast));
  if (!forecast.refusal.empty()) {
    throw std::invalid_argument(forecast.refusal);
  }
  job.log(fmt::format("Forecast: {:.0f} MB of {:.0f} MB, {:.1f} s an epoch, {:.0f} s in all",
                      forecast.memory_bytes / bytes_per_megabyte,
                      forecast.memory_limit_bytes / bytes_per_megabyte,
                      forecast.seconds_per_epoch,
                      forecast.seconds_total));
}

}  // namespace athanor::engine
