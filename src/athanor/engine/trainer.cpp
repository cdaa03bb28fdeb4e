#include "athanor/engine/trainer.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/data/prefetcher.hpp"
#include "athanor/data/random.hpp"
#include "athanor/engine/optimizer_state.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/engine/tuning.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

constexpr const char* samples_key = "samples";

void require(const Status& status) {
  if (!status) {
    throw std::runtime_error(status.error().message);
  }
}

template <class T>
T require(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
  return *std::move(result);
}

/// Whether `value` gains more than `least` over `reference`, if there is one.
bool improves(double value,
              const std::optional<double>& reference,
              bool higher_is_better,
              double least) {
  return !reference || (higher_is_better ? value - *reference : *reference - value) > least;
}

tensor::NamedTensors copy_of(const tensor::NamedTensors& tensors) {
  tensor::NamedTensors copies;
  for (const auto& [name, value] : tensors) {
    copies.push_back({name, value.detach().clone()});
  }
  return copies;
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
  if (options_.moving_average_decay > 0) {
    average_ = std::make_unique<MovingAverage>(task_.module(), options_.moving_average_decay);
  }
  state_.network = options_.network;
  state_.model = task_.model_description();
  state_.spec = job_.request.spec;
  state_.data_digest = options_.data_digest;
}

Report Trainer::run() {
  resume();
  settle_learning_rate();
  while (state_.epoch < options_.epochs && !out_of_patience()) {
    train_epoch();
    finish_epoch();
  }
  const auto kpi = reporter_.kpi(state_.figures);
  if (state_.epoch < options_.epochs) {
    return {.message = fmt::format("Training stopped early after {} of {} epochs: {} without "
                                   "improvement",
                                   state_.epoch,
                                   options_.epochs,
                                   state_.patience.stale_epochs),
            .kpi = kpi};
  }
  return {.message = fmt::format("Training finished after {} epochs", state_.epoch), .kpi = kpi};
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
  const auto training = require(read_training_state(*saved));
  if (average_) {
    average_->restart();
    require(tensor::load_state_dict(task_.module(), training.live).require_complete());
  }
  require(load_optimizer_state(*optimizer_, task_.module(), training.optimizer));
  state_ = *std::move(saved);
  reporter_.go_on_after(state_.epoch, state_.batches);
}

void Trainer::settle_learning_rate() {
  if (options_.rate_search == RateSearch::off) {
    return;
  }
  auto tuning = require(read_tuning(job_.artifacts));
  if (!tuning.learning_rate) {
    const auto curve = search_learning_rate(task_,
                                            {.optimizer = options_.optimizer,
                                             .regularizer = options_.regularizer,
                                             .seed = options_.seed});
    require(write_file_atomic(job_.artifacts / "lr_finder.csv", to_csv(curve)));
    tuning.learning_rate = curve.suggestion;
    require(write_tuning(job_.artifacts, tuning));
  }
  const bool used = options_.rate_search == RateSearch::use;
  job_.log(fmt::format("The learning rate finder suggests {:.3g}{}",
                       *tuning.learning_rate,
                       used ? ", which is used" : ""));
  if (used) {
    options_.optimizer.learning_rate = *tuning.learning_rate;
    if (options_.schedule) {
      set_peak(*options_.schedule, *tuning.learning_rate);
    }
  }
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
  const auto step = state_.epoch * steps_per_epoch() + state_.batches;
  const double learning_rate = learning_rate_of(step);
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
  if (average_) {
    average_->update(step + 1);
  }
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
    const AveragedWeights averaged(average_.get());
    state_.figures.merge(task_.validate(job_.stop));
  } catch (const Stopped&) {
    stop_here();
  }
  state_.partial.clear();
  state_.batches = 0;
  ++state_.epoch;
  const bool is_best = note_best();
  count_patience();
  // Told first: killed in between, the epoch is trained and told again, with the same figures.
  reporter_.end_epoch(state_.figures);
  if (is_best || is_save_due()) {
    save(is_best);
  }
}

bool Trainer::note_best() {
  const auto monitor = task_.monitor();
  const auto found = state_.figures.find(monitor.figure);
  const bool is_best = found != state_.figures.end() &&
                       improves(found->second, state_.best, monitor.higher_is_better, 0);
  if (is_best) {
    state_.best = found->second;
  }
  return is_best;
}

void Trainer::count_patience() {
  const auto& rule = options_.early_stopping;
  if (rule.patience == 0) {
    return;
  }
  const auto monitor = rule.monitor.value_or(task_.monitor());
  const auto found = state_.figures.find(monitor.figure);
  if (found == state_.figures.end()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : state_.figures) {
      names.push_back(name);
    }
    throw std::invalid_argument(
        fmt::format("early_stopping: the training has no figure \"{}\" to wait for; it has {}",
                    monitor.figure,
                    fmt::join(names, ", ")));
  }
  auto& patience = state_.patience;
  if (improves(found->second, patience.reference, monitor.higher_is_better, rule.min_delta)) {
    patience = {found->second, 0};
  } else {
    ++patience.stale_epochs;
  }
}

bool Trainer::out_of_patience() const {
  const auto patience = options_.early_stopping.patience;
  return patience > 0 && state_.patience.stale_epochs >= patience;
}

bool Trainer::is_save_due() const {
  return state_.epoch % options_.checkpoint_interval == 0 || state_.epoch == options_.epochs ||
         out_of_patience();
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
  const auto live = average_ ? copy_of(tensor::state_dict(task_.module())) : tensor::NamedTensors{};
  const AveragedWeights averaged(average_.get());
  require(checkpoints_.save(state_, task_.module(), *optimizer_, is_best, live));
}

void Trainer::stop_here() {
  save(/*is_best=*/false);
  throw Stopped(
      fmt::format("Stopped after {} epochs and {} batches of the next; the weights are kept",
                  state_.epoch,
                  state_.batches));
}

}  // namespace athanor::engine
