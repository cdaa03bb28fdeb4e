#include "athanor/engine/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/prefetcher.hpp"
#include "athanor/data/random.hpp"
#include "athanor/engine/optimizer_state.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/engine/tuning.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

constexpr const char* samples_key = "samples";

/// Whether `value` gains more than `least` over `reference`, if there is one.
bool improves(double value,
              const std::optional<double>& reference,
              bool higher_is_better,
              double least) {
  return !std::isnan(value) &&
         (!reference || (higher_is_better ? value - *reference : *reference - value) > least);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
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
      reporter_(job, options_.epochs, task.kpi_names()),
      writer_(CheckpointFolder(job.artifacts, options_.weights_name, job.own_key)) {
  if (options_.moving_average_decay > 0) {
    average_ = std::make_unique<MovingAverage>(task_.module(), options_.moving_average_decay);
  }
  state_.network = options_.network;
  state_.model = task_.model_description();
  state_.spec = job_.request.spec;
  for (const auto& [path, value] : options_.settled) {
    set_path(state_.spec, path, value);
  }
  state_.data_digest = options_.data_digest;
  state_.batches_per_epoch = steps_per_epoch();
  state_.surroundings = surroundings_here();
}

Report Trainer::run() {
  resume();
  settle_learning_rate();
  while (state_.epoch < options_.epochs && !out_of_patience()) {
    train_epoch();
    finish_epoch();
  }
  writer_.finish();
  writer_.folder().keep_last();
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
  last_save_ = std::chrono::steady_clock::now();
  std::optional<Error> damage;
  for (const auto& saved : writer_.folder().newest_first()) {
    const auto done = go_back_to(saved);
    if (done) {
      reporter_.go_on_after(state_.epoch, state_.batches);
      return;
    }
    if (!is_damage(done.error())) {
      throw_error(done.error());
    }
    job_.log(damage_warning(done.error()));
    damage = damage ? damage : done.error();
  }
  if (damage) {
    throw std::runtime_error(
        fmt::format("{}; no other checkpoint of this job can be gone on from, so start a new job",
                    damage->message));
  }
  if (job_.request.attempt > 1) {
    reporter_.go_on_after(0, 0);
  }
}

Status Trainer::go_back_to(const std::filesystem::path& saved) {
  ATHANOR_TRY(auto checkpoint, read_checkpoint(saved, job_.own_key));
  if (checkpoint.network != state_.network || checkpoint.model != state_.model) {
    throw std::runtime_error(
        "the job's checkpoint is of another model than its spec describes; start a new job");
  }
  if (checkpoint.batches > 0 && !checkpoint.partial.contains(samples_key)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} does not say how many samples its {} batches had",
                            saved.filename().string(),
                            checkpoint.batches));
  }
  ATHANOR_TRY(const auto tensors, read_tensors(checkpoint));
  ATHANOR_CHECK_OK(tensor::load_state_dict(task_.module(), tensors.weights).require_complete());
  if (average_) {
    average_->restart();
    ATHANOR_CHECK_OK(tensor::load_state_dict(task_.module(), tensors.live).require_complete());
  }
  ATHANOR_CHECK_OK(load_optimizer_state(*optimizer_, task_.module(), tensors.optimizer));
  ATHANOR_CHECK_OK(writer_.folder().go_back_to(checkpoint));
  std::swap(state_, checkpoint);
  warn_of_changes(checkpoint);
  return {};
}

/// Says what of the promise of equal bits does not hold. `here` is what the state was before.
void Trainer::warn_of_changes(const Checkpoint& here) {
  if (state_.surroundings && state_.surroundings != here.surroundings) {
    job_.log(
        fmt::format("Warning: this attempt has {}: the last bits of the weights may differ "
                    "from those of an undisturbed training",
                    fmt::join(differences(*state_.surroundings, *here.surroundings), " and ")));
  }
  if (state_.batches_per_epoch != 0 && state_.batches_per_epoch != here.batches_per_epoch) {
    job_.log(
        fmt::format("Warning: an epoch has {} batches, {} before: the training data have "
                    "changed, so this is another training from here on",
                    here.batches_per_epoch,
                    state_.batches_per_epoch));
    state_.batches = std::min(state_.batches, here.batches_per_epoch);
  }
  state_.surroundings = here.surroundings;
  state_.batches_per_epoch = here.batches_per_epoch;
}

void Trainer::settle_learning_rate() {
  if (options_.rate_search == RateSearch::off) {
    return;
  }
  auto tuning = value_or_throw(read_tuning(job_.artifacts));
  if (!tuning.learning_rate) {
    const auto curve = search_learning_rate(task_,
                                            {.optimizer = options_.optimizer,
                                             .regularizer = options_.regularizer,
                                             .seed = options_.seed,
                                             .stop = job_.stop});
    throw_if_failed(write_file_atomic(job_.artifacts / "lr_finder.csv", to_csv(curve)));
    tuning.learning_rate = curve.suggestion;
    throw_if_failed(write_tuning(job_.artifacts, tuning));
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
      [this, epoch](std::size_t index) { return task_.load(epoch, index); },
      options_.batches_ahead);
  const auto began = std::chrono::steady_clock::now();
  const auto done_before = state_.batches;
  while (const auto batch = loader.next()) {
    const double loss = train_batch(*batch);
    ++state_.batches;
    if (!std::exchange(is_writer_ready_, true)) {
      writer_.prepare(tensors());  // Only now has the optimiser all of its tensors.
    }
    reporter_.batch_done(static_cast<std::size_t>(state_.batches), batches, samples_so_far(), loss);
    if (job_.stop.stop_requested()) {
      stop_here();
    }
    save_now_and_then({.batches_done = state_.batches - done_before,
                       .seconds = seconds_since(began),
                       .batches_left = steps_per_epoch() - state_.batches});
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
  writer_.wait_for_copies();
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
  auto figures = averages();
  figures["learning_rate"] = learning_rate_of((state_.epoch + 1) * steps_per_epoch() - 1);
  writer_.wait_for_copies();  // The average takes the place of the weights.
  try {
    const AveragedWeights averaged(average_.get());
    figures.merge(task_.validate(job_.stop));
  } catch (const Stopped&) {
    stop_here();
  }
  state_.figures = std::move(figures);
  state_.partial.clear();
  state_.batches = 0;
  ++state_.epoch;
  const bool is_best = note_best();
  count_patience();
  // Told first: killed in between, the epoch is trained and told again, with the same figures.
  reporter_.end_epoch(state_.figures);
  // One that was put off is not worth a wait: it is due again after the next batch.
  const bool is_late = std::exchange(is_put_off_, false) && !writer_.is_busy();
  if (is_best || is_save_due() || is_late) {
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

CheckpointTensors Trainer::tensors() const {
  auto live = tensor::state_dict(task_.module());
  auto optimizer = optimizer_state(*optimizer_, task_.module());
  if (!average_) {
    return {std::move(live), std::move(optimizer), {}};
  }
  auto averaged = average_->averaged(live);
  return {std::move(averaged), std::move(optimizer), std::move(live)};
}

/// Buffers are copied at once, since the next forward pass changes them. What changes the others, a
/// step of the optimiser or the exchange of weights and average, waits for their copies first.
void Trainer::save(bool is_best) {
  state_.is_best = is_best;
  writer_.write(state_, tensors(), task_.module().buffers());
  last_save_ = std::chrono::steady_clock::now();
}

/// In the middle of an epoch. Where the disk is slower than the interval, it waits for the disk.
void Trainer::save_now_and_then(const EpochPace& pace) {
  const auto time =
      checkpoint_time(seconds_since(last_save_), 60 * options_.checkpoint_minutes, pace);
  is_put_off_ = time == CheckpointTime::at_epoch_end;
  if (writer_.is_busy()) {
    return;
  }
  writer_.finish();  // Tells early what went wrong.
  if (time == CheckpointTime::now) {
    save(/*is_best=*/false);
  }
}

void Trainer::stop_here() {
  save(/*is_best=*/false);
  writer_.finish();
  throw Stopped(
      fmt::format("Stopped after {} epochs and {} batches of the next; the weights are kept",
                  state_.epoch,
                  state_.batches));
}

}  // namespace athanor::engine
