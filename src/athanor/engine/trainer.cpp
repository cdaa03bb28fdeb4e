#include "athanor/engine/trainer.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "athanor/data/prefetcher.hpp"
#include "athanor/data/random.hpp"
#include "athanor/engine/optimizer_state.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/tensor/safetensors.hpp"

namespace athanor::engine {

namespace {

constexpr const char* samples_key = "samples";

void require(const Status& status) {
  if (!status) {
    throw std::runtime_error(status.error().message);
  }
}

}  // namespace

Trainer::Trainer(const Job& job, TrainingTask& task, TrainingOptions options)
    : job_(job),
      task_(task),
      options_(std::move(options)),
      optimizer_(make_optimizer(options_.optimizer, options_.regularizer, task_.module())),
      l1_kernels_(options_.regularizer.penalty == Penalty::l1
                      ? regularized_kernels(options_.regularizer, task_.module())
                      : std::vector<torch::Tensor>{}),
      checkpoints_(job.artifacts, options_.weights_name, job.own_key),
      reporter_(job, options_.epochs, task.kpi_names()) {
  state_.network = options_.network;
  state_.model = task_.model_description();
}

Report Trainer::run() {
  resume();
  while (state_.epoch < options_.epochs) {
    train_epoch();
    finish_epoch();
  }
  return {.message = fmt::format("Training finished after {} epochs", state_.epoch),
          .kpi = reporter_.kpi(state_.figures)};
}

void Trainer::resume() {
  auto saved = newest_checkpoint(job_.artifacts, job_.own_key);
  if (!saved) {
    if (saved.error().code == ErrorCode::not_found) {
      if (job_.request.attempt > 1) {
        reporter_.go_on_after(0, 0);
      }
      return;
    }
    throw std::runtime_error(saved.error().message);
  }
  if (saved->network != state_.network || saved->model != state_.model) {
    throw std::runtime_error(
        "the job's checkpoint is of another model than its spec describes; start a new job");
  }
  require(load_weights(*saved, task_.module()));
  const auto file = tensor::read_safetensors(saved->optimizer, saved->key);
  if (!file) {
    throw std::runtime_error(file.error().message);
  }
  require(load_optimizer_state(*optimizer_, task_.module(), file->tensors));
  state_ = *std::move(saved);
  reporter_.go_on_after(state_.epoch, state_.batches);
}

void Trainer::train_epoch() {
  const auto epoch = static_cast<std::uint32_t>(state_.epoch + 1);
  const auto batches = task_.batches_per_epoch();
  reporter_.begin_epoch(epoch, samples_so_far());
  task_.module().train();
  data::Prefetcher<Batch> loader(
      static_cast<std::size_t>(state_.batches),
      batches,
      options_.workers,
      [this, epoch](std::size_t index) { return task_.load(epoch, index); });
  while (const auto batch = loader.next()) {
    const double loss = train_batch(*batch);
    ++state_.batches;
    reporter_.batch_done(static_cast<std::size_t>(state_.batches), batches, samples_so_far(), loss);
    if (job_.stop.stop_requested()) {
      stop_here();
    }
  }
}

double Trainer::train_batch(const Batch& batch) {
  seed_torch({options_.seed,
              static_cast<std::uint32_t>(state_.epoch + 1),
              static_cast<std::uint32_t>(state_.batches),
              data::RandomUse::layers});
  const double learning_rate = learning_rate_of(state_.epoch * steps_per_epoch() + state_.batches);
  set_learning_rate(*optimizer_, learning_rate);
  task_.module().zero_grad(/*set_to_none=*/true);
  const auto result = task_.step(batch);
  const auto loss = result.loss.item<double>();
  if (!std::isfinite(loss)) {
    throw std::runtime_error(fmt::format(
        "the loss is no number any more in batch {} of epoch {}, at learning rate {:.3g}; lower "
        "the learning rate or lengthen soft_start",
        state_.batches + 1,
        state_.epoch + 1,
        learning_rate));
  }
  result.loss.backward();
  add_l1_gradient(options_.regularizer, l1_kernels_);
  optimizer_->step();
  const auto size = static_cast<double>(batch.size);
  state_.partial[samples_key] += size;
  state_.partial["loss"] += loss * size;
  for (const auto& [name, value] : result.figures) {
    state_.partial[name] += value * size;
  }
  return loss;
}

double Trainer::learning_rate_of(std::int64_t step) const {
  const double scheduled =
      options_.schedule
          ? learning_rate_at(*options_.schedule, step, options_.epochs * steps_per_epoch())
          : options_.optimizer.learning_rate;
  return scheduled / (1 + options_.optimizer.decay * static_cast<double>(step));
}

std::int64_t Trainer::steps_per_epoch() const {
  return static_cast<std::int64_t>(task_.batches_per_epoch());
}

void Trainer::finish_epoch() {
  state_.figures = averages();
  state_.figures["learning_rate"] = learning_rate_of((state_.epoch + 1) * steps_per_epoch() - 1);
  try {
    state_.figures.merge(task_.validate(job_.stop));
  } catch (const Stopped&) {
    stop_here();
  }
  state_.partial.clear();
  state_.batches = 0;
  ++state_.epoch;
  const auto monitor = task_.monitor();
  const auto found = state_.figures.find(monitor.figure);
  const bool is_best = found != state_.figures.end() &&
                       (!state_.best || (monitor.higher_is_better ? found->second > *state_.best
                                                                  : found->second < *state_.best));
  if (is_best) {
    state_.best = found->second;
  }
  // Told first: killed in between, the epoch is trained and told again, with the same figures.
  reporter_.end_epoch(state_.figures);
  save(is_best);
}

std::int64_t Trainer::samples_so_far() const {
  const auto found = state_.partial.find(samples_key);
  return found == state_.partial.end() ? 0 : static_cast<std::int64_t>(found->second);
}

Figures Trainer::averages() const {
  Figures result = state_.partial;
  const double samples = result.extract(samples_key).mapped();
  for (auto& [name, value] : result) {
    value /= samples;
  }
  return result;
}

void Trainer::save(bool is_best) {
  require(checkpoints_.save(state_, task_.module(), *optimizer_, is_best));
}

void Trainer::stop_here() {
  save(/*is_best=*/false);
  throw Stopped(
      fmt::format("Stopped after {} epochs and {} batches of the next; the weights are kept",
                  state_.epoch,
                  state_.batches));
}

}  // namespace athanor::engine
