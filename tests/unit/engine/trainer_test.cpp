#include "athanor/engine/trainer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include "sample_training.hpp"
#include "support/clear_content.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

using engine::testing::LineTask;
using engine::testing::SampleJob;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TrainingOptions line_options(std::int64_t epochs) {
  return {.network = "line",
          .weights_name = "line",
          .epochs = epochs,
          .workers = 1,
          .optimizer = {.kind = Sgd{.momentum = 0.9}, .learning_rate = 0.05},
          .schedule = CosineRate{.learning_rate = 0.05},
          .regularizer = {.penalty = Penalty::l2, .weight = 1e-3}};
}

std::string weights_after(SampleJob& sample, const std::string& stem) {
  const auto file = sample.dir.path() / "weights" / (stem + ".safetensors");
  return athanor::testing::clear_content(file, sample.job.own_key).value();
}

/// Asks to stop when the wanted batch is loaded; the trainer loads without threads.
class StoppingTask : public LineTask {
 public:
  StoppingTask(std::stop_source stop, std::uint32_t epoch, std::size_t index)
      : stop_(std::move(stop)), epoch_(epoch), index_(index) {}

  [[nodiscard]] Batch load(std::uint32_t epoch, std::size_t index) const override {
    if (epoch == epoch_ && index == index_) {
      std::stop_source(stop_).request_stop();
    }
    return LineTask::load(epoch, index);
  }

 private:
  std::stop_source stop_;
  std::uint32_t epoch_;
  std::size_t index_;
};

/// Fails when the wanted batch is loaded, as a worker that is killed there.
class EndingTask : public LineTask {
 public:
  EndingTask(const SampleJob& sample, std::uint32_t epoch, std::size_t index)
      : sample_(sample), epoch_(epoch), index_(index) {}

  [[nodiscard]] Batch load(std::uint32_t epoch, std::size_t index) const override {
    if (epoch == epoch_ && index > 0) {
      wait_for_the_writer();
    }
    if (epoch == epoch_ && index == index_) {
      throw std::logic_error("killed");
    }
    return LineTask::load(epoch, index);
  }

 private:
  /// Checkpoints that come due while one is written are left out; these steps are too quick for
  /// any disk.
  void wait_for_the_writer() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const CheckpointFolder folder(sample_.dir.path(), "line", sample_.job.own_key);
    std::string newest;
    for (auto stable = 0; stable < 3 && std::chrono::steady_clock::now() < deadline; ++stable) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const auto files = folder.newest_first();
      const auto now = files.empty() ? std::string() : read_file(files.front()).value_or("");
      stable = now == newest ? stable : 0;
      newest = now;
    }
  }

  const SampleJob& sample_;
  std::uint32_t epoch_;
  std::size_t index_;
};

/// Has weights that take longer to copy than to find the gradients of, and a buffer that the
/// forward pass changes.
class WideTask : public EndingTask {
 public:
  using EndingTask::EndingTask;

  torch::nn::Module& module() override { return *module_; }

  StepResult step(const Batch& batch) override {
    steps_.add_(1);
    return {weights_.sum() * batch.input.mean(), {}};
  }

 private:
  std::shared_ptr<torch::nn::Module> module_ = std::make_shared<torch::nn::Module>();
  torch::Tensor weights_ = module_->register_parameter("weights", torch::zeros({2'000'000}));
  torch::Tensor steps_ = module_->register_buffer("steps", torch::zeros({1}));
};

/// Takes long for the last batch of its second epoch and fails in the third. No epoch is the best.
class LateTask : public EndingTask {
 public:
  explicit LateTask(const SampleJob& sample) : EndingTask(sample, 3, 0) {
    validation_losses.assign(3, std::numeric_limits<double>::quiet_NaN());
  }

  [[nodiscard]] Batch load(std::uint32_t epoch, std::size_t index) const override {
    if (epoch == 2 && index == batches_per_epoch() - 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    return EndingTask::load(epoch, index);
  }
};

tensor::NamedTensors copied_state(const torch::nn::Module& module) {
  auto state = tensor::state_dict(module);
  for (auto& each : state) {
    each.value = each.value.detach().clone();
  }
  return state;
}

/// Keeps what its module held before each step and when it was last validated.
class RecordingTask : public LineTask {
 public:
  StepResult step(const Batch& batch) override {
    before_steps.push_back(copied_state(module()));
    return LineTask::step(batch);
  }

  Figures validate(const std::stop_token& stop) override {
    validated = copied_state(module());
    return LineTask::validate(stop);
  }

  std::vector<tensor::NamedTensors> before_steps;
  tensor::NamedTensors validated;
};

/// What the module of a training holds at first and after each step, where nothing is averaged.
std::vector<tensor::NamedTensors> states_of(const TrainingOptions& options) {
  SampleJob sample;
  RecordingTask task;
  (void)Trainer(sample.job, task, options).run();
  task.before_steps.push_back(copied_state(task.module()));
  return task.before_steps;
}

/// By its definition; counters are those of the last state.
tensor::NamedTensors moving_average_of(const std::vector<tensor::NamedTensors>& states,
                                       double decay) {
  auto average = states.front();
  for (std::size_t step = 1; step < states.size(); ++step) {
    const auto taken = static_cast<double>(step);
    const double kept = std::min(decay, (1 + taken) / (10 + taken));
    for (std::size_t i = 0; i < average.size(); ++i) {
      auto& mean = average[i].value;
      const auto& now = states[step][i].value;
      mean = mean.is_floating_point() ? kept * mean + (1 - kept) * now : now;
    }
  }
  return average;
}

/// The tensors of the newest checkpoint, in the order of a module's state.
tensor::NamedTensors saved_weights(const SampleJob& sample) {
  LineTask target;
  const auto newest = newest_checkpoint(sample.dir.path(), sample.job.own_key).value();
  EXPECT_TRUE(load_weights(newest, target.module()));
  return copied_state(target.module());
}

/// Has eight batches. Its loads wait for as many threads to load, its first step for as many
/// batches to be begun ahead of it, as a test awaits; not for ever, so that the test fails without
/// them.
class LoadingTask : public LineTask {
 public:
  LoadingTask(std::size_t awaited_threads, std::size_t awaited_ahead)
      : awaited_threads_(awaited_threads), awaited_ahead_(awaited_ahead) {}

  [[nodiscard]] std::size_t batches_per_epoch() const override { return 8; }

  [[nodiscard]] Batch load(std::uint32_t epoch, std::size_t index) const override {
    {
      std::unique_lock lock(mutex_);
      ++begun_;
      threads_.insert(std::this_thread::get_id());
      changed_.notify_all();
      wait(lock, [this] { return threads_.size() >= awaited_threads_; });
    }
    return LineTask::load(epoch, index);
  }

  StepResult step(const Batch& batch) override {
    if (!ahead_) {
      std::unique_lock lock(mutex_);
      wait(lock, [this] { return begun_ > awaited_ahead_; });
      ahead_ = begun_ - 1;
    }
    return LineTask::step(batch);
  }

  /// Those that loaded.
  [[nodiscard]] const std::set<std::thread::id>& threads() const { return threads_; }

  /// How many batches were begun when the first was trained on, without that.
  [[nodiscard]] std::size_t ahead() const { return ahead_.value(); }

 private:
  void wait(std::unique_lock<std::mutex>& lock, const auto& is_there) const {
    is_late_ = is_late_ || !changed_.wait_for(lock, std::chrono::seconds(10), is_there);
  }

  std::size_t awaited_threads_;
  std::size_t awaited_ahead_;
  std::optional<std::size_t> ahead_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::size_t begun_ = 0;
  mutable std::set<std::thread::id> threads_;
  mutable bool is_late_ = false;
};

/// With a checkpoint after each batch, as far as the disk keeps up, and no loader threads.
TrainingOptions always_saving(std::int64_t epochs) {
  auto options = line_options(epochs);
  options.workers = 0;
  options.checkpoint_minutes = 1e-9;
  return options;
}

/// A job that goes on with what another one left.
struct NextAttempt {
  explicit NextAttempt(const SampleJob& before)
      : job{fresh.request,
            before.job.artifacts,
            fresh.status,
            fresh.stop.get_token(),
            fresh.job.log,
            before.job.own_key} {
    fresh.request.attempt = 2;
  }

  Report run(const TrainingOptions& options) {
    LineTask task;
    return Trainer(job, task, options).run();
  }

  SampleJob fresh;
  Job job;
};

std::filesystem::path newest_file(const SampleJob& sample, const std::string& suffix) {
  const CheckpointFolder folder(sample.dir.path(), "line", sample.job.own_key);
  return folder.newest_first().front().replace_extension(suffix);
}

/// Trains and fails at the second batch of the third epoch; two checkpoints are left.
void train_to_a_sudden_end(SampleJob& sample) {
  EndingTask task(sample, 3, 2);
  EXPECT_THROW((void)Trainer(sample.job, task, always_saving(3)).run(), std::logic_error);
}

std::string weights_without_stop(const TrainingOptions& options) {
  SampleJob sample;
  LineTask task;
  (void)Trainer(sample.job, task, options).run();
  return weights_after(sample, "line_003");
}

/// Of a run that is stopped at a batch and taken up by a new trainer.
std::string weights_after_stop(const TrainingOptions& options,
                               std::uint32_t epoch,
                               std::size_t index) {
  SampleJob stopped;
  StoppingTask stopping_task(stopped.stop, epoch, index);
  EXPECT_THROW((void)Trainer(stopped.job, stopping_task, options).run(), Stopped);
  SampleJob fresh;
  LineTask resumed_task;
  const Job resumed{
      fresh.request, stopped.job.artifacts, fresh.status, fresh.stop.get_token(), fresh.job.log};
  (void)Trainer(resumed, resumed_task, options).run();
  return weights_after(stopped, "line_003");
}

}  // namespace

TEST(Trainer, LowersTheLoss) {
  SampleJob sample;
  LineTask task;

  (void)Trainer(sample.job, task, line_options(6)).run();

  const auto lines = sample.epoch_lines();
  EXPECT_LT(lines.back().graphical.at("loss").get<double>(),
            lines.front().graphical.at("loss").get<double>() / 2);
}

TEST(Trainer, WritesOneLineAnEpochWithItsFigures) {
  SampleJob sample;
  LineTask task;

  const auto report = Trainer(sample.job, task, line_options(2)).run();

  const auto lines = sample.epoch_lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].epoch, 1);
  EXPECT_EQ(lines[1].epoch, 2);
  EXPECT_EQ(lines[1].max_epoch, 2);
  EXPECT_EQ(lines[1].eta, "0:00:00");
  EXPECT_TRUE(lines[1].time_per_epoch);
  EXPECT_EQ(lines[1].graphical.at("validation_loss"), 1.0);
  EXPECT_EQ(lines[1].graphical.at("training_accuracy"), 0.5);
  EXPECT_TRUE(lines[1].graphical.contains("learning_rate"));
  EXPECT_EQ(lines[1].kpi.at("validation_loss"), 1.0);
  EXPECT_EQ(report.kpi.at("validation_loss"), 1.0);
}

TEST(Trainer, KeepsTheLatestAndTheBestWeights) {
  SampleJob sample;
  LineTask task;

  (void)Trainer(sample.job, task, line_options(4)).run();

  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(sample.dir.path() / "weights")) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  EXPECT_THAT(names,
              ElementsAre("best.txt",
                          "line_002.json",
                          "line_002.safetensors",
                          "line_004.json",
                          "line_004.optimizer.safetensors",
                          "line_004.safetensors"));
}

TEST(Trainer, GivesTheSameWeightsForAnyNumberOfLoaderThreads) {
  SampleJob first;
  SampleJob second;
  LineTask first_task;
  LineTask second_task;
  auto options = line_options(3);

  options.workers = 0;
  (void)Trainer(first.job, first_task, options).run();
  options.workers = 3;
  (void)Trainer(second.job, second_task, options).run();

  EXPECT_EQ(weights_after(first, "line_003"), weights_after(second, "line_003"));
}

TEST(Trainer, LoadsOnAsManyThreadsAsItIsTold) {
  for (const int workers : {0, 1, 3}) {
    SampleJob sample;
    const std::size_t threads = workers == 3 ? 3U : 1U;
    LoadingTask task(threads, 0);
    auto options = line_options(1);
    options.workers = workers;

    (void)Trainer(sample.job, task, options).run();

    EXPECT_EQ(task.threads().size(), threads) << workers;
    EXPECT_EQ(task.threads().contains(std::this_thread::get_id()), workers == 0) << workers;
  }
}

TEST(Trainer, LoadsAsManyBatchesAheadAsItIsToldOrTwoForEachThread) {
  for (const auto& [workers, told, ahead] :
       {std::tuple{1, 3, 3U}, std::tuple{1, 1, 1U}, std::tuple{2, 0, 4U}}) {
    SampleJob sample;
    LoadingTask task(1, ahead);
    auto options = line_options(1);
    options.workers = workers;
    options.batches_ahead = told;

    (void)Trainer(sample.job, task, options).run();

    EXPECT_EQ(task.ahead(), ahead) << told;
  }
}

TEST(Trainer, GoesOnAfterAStopAsIfNothingHadHappened) {
  for (const auto& kind : {decltype(OptimizerOptions::kind)(Sgd{}), {Adam{}}, {RmsProp{}}}) {
    auto options = line_options(3);
    options.optimizer.kind = kind;
    options.workers = 0;

    EXPECT_EQ(weights_after_stop(options, 2, 1), weights_without_stop(options)) << kind.index();
  }
}

TEST(Trainer, GoesOnAfterAStopInTheLastBatchOfAnEpoch) {
  auto options = line_options(3);
  options.workers = 0;

  EXPECT_EQ(weights_after_stop(options, 2, 3), weights_without_stop(options));
}

TEST(Trainer, GoesOnAfterASuddenEndInTheMiddleOfAnEpoch) {
  for (const auto& kind : {decltype(OptimizerOptions::kind)(Sgd{}), {Adam{}}, {RmsProp{}}}) {
    SampleJob sample;
    auto options = always_saving(3);
    options.optimizer.kind = kind;
    options.moving_average_decay = 0.9;
    EndingTask ending(sample, 3, 3);
    EXPECT_THROW((void)Trainer(sample.job, ending, options).run(), std::logic_error);
    EXPECT_GT(newest_checkpoint(sample.dir.path(), sample.job.own_key)->batches, 0);

    (void)NextAttempt(sample).run(options);

    EXPECT_EQ(weights_after(sample, "line_003"), weights_without_stop(options)) << kind.index();
  }
}

TEST(Trainer, SavesTheStateBeforeTheStepThatIsUnderWayMeanwhile) {
  auto options = line_options(1);
  options.workers = 0;
  options.checkpoint_minutes = 0;
  options.schedule.reset();
  options.optimizer.kind = Adam{};
  options.moving_average_decay = 0.9;
  SampleJob quiet;
  WideTask task(quiet, 2, 1);
  (void)Trainer(quiet.job, task, options).run();
  options.epochs = 2;
  SampleJob sample;
  WideTask ending(sample, 2, 1);

  EXPECT_THROW((void)Trainer(sample.job, ending, options).run(), std::logic_error);

  for (const auto* stem : {"line_001", "line_001.optimizer"}) {
    EXPECT_TRUE(weights_after(sample, stem) == weights_after(quiet, stem)) << stem;
  }
}

TEST(Trainer, SavesInTheMiddleOfEpochsOnlyWhereItIsTold) {
  SampleJob sample;
  auto options = always_saving(3);
  options.checkpoint_minutes = 0;
  EndingTask ending(sample, 3, 3);
  EXPECT_THROW((void)Trainer(sample.job, ending, options).run(), std::logic_error);

  const auto newest = newest_checkpoint(sample.dir.path(), sample.job.own_key).value();

  EXPECT_EQ(newest.epoch, 2);
  EXPECT_EQ(newest.batches, 0);
}

// A training that began one there would wait for it when the epoch ends.
TEST(Trainer, SavesAtTheEndOfAnEpochWhatIsDueWithItsLastBatch) {
  SampleJob sample;
  LateTask task(sample);
  auto options = line_options(3);
  options.workers = 0;
  options.checkpoint_interval = 3;
  options.checkpoint_minutes = 0.0025;
  EXPECT_THROW((void)Trainer(sample.job, task, options).run(), std::logic_error);

  const auto newest = newest_checkpoint(sample.dir.path(), sample.job.own_key).value();

  EXPECT_EQ(newest.epoch, 2);
  EXPECT_EQ(newest.batches, 0);
}

TEST(Trainer, GoesOnFromTheCheckpointBeforeADamagedOne) {
  for (const auto* suffix : {".json", ".safetensors", ".optimizer.safetensors"}) {
    SampleJob sample;
    train_to_a_sudden_end(sample);
    const auto damaged = newest_file(sample, suffix);
    std::filesystem::resize_file(damaged, 150);
    NextAttempt next(sample);

    (void)next.run(always_saving(3));

    EXPECT_THAT(next.fresh.log.front(), HasSubstr(damaged.filename().string()));
    EXPECT_EQ(weights_after(sample, "line_003"), weights_without_stop(line_options(3))) << suffix;
  }
}

TEST(Trainer, SaysWhatIsWrongWhereNoCheckpointIsWhole) {
  SampleJob sample;
  train_to_a_sudden_end(sample);
  const auto newest = newest_file(sample, ".safetensors").filename().string();
  for (const auto& entry : std::filesystem::directory_iterator(sample.dir.path() / "weights")) {
    if (entry.path().extension() == ".safetensors") {
      std::filesystem::resize_file(entry.path(), 150);
    }
  }

  try {
    (void)NextAttempt(sample).run(always_saving(3));
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(newest + ": the file is cut off"));
    EXPECT_THAT(error.what(), HasSubstr("start a new job"));
  }
}

TEST(Trainer, NamesAFaultOfTheDiskAndGoesOnAfterIt) {
  const auto options = always_saving(1);
  const auto expected = [&] {
    SampleJob sample;
    LineTask task;
    (void)Trainer(sample.job, task, options).run();
    return weights_after(sample, "line_001");
  }();
  const crypto::Passphrase key;  // One salt for all, which is slow to make.
  for (int nth = 0, happened = 1; happened != 0; nth += 4) {
    SampleJob sample;
    sample.job.own_key = key;
    LineTask task;
    {
      const disk::Fault fault(nth, ENOSPC);
      try {
        (void)Trainer(sample.job, task, options).run();
      } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("free some space")) << nth;
      }
      happened = fault.happened() ? 1 : 0;
    }

    (void)NextAttempt(sample).run(options);

    EXPECT_EQ(weights_after(sample, "line_001"), expected) << nth;
  }
}

TEST(Trainer, RemovesWhatAKilledWriterLeft) {
  SampleJob sample;
  train_to_a_sudden_end(sample);
  const auto weights = sample.dir.path() / "weights";
  const std::string temporary = "line_001.json.tmp-5f1c8a0e-6c1f-4f5e-9c1d-0d5f0f3b7a11";
  for (const auto& name : {std::string("line_001-000002.safetensors"), temporary}) {
    std::ofstream(weights / name) << "half";
  }

  (void)NextAttempt(sample).run(always_saving(3));

  EXPECT_FALSE(std::filesystem::exists(weights / "line_001-000002.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(weights / temporary));
}

TEST(Trainer, MarksTheBestWhereItsWriterWasKilledBefore) {
  SampleJob sample;
  LineTask task;  // Its second epoch is the best.
  auto options = line_options(2);
  options.schedule.reset();
  (void)Trainer(sample.job, task, options).run();
  ASSERT_TRUE(write_file_atomic(sample.dir.path() / "weights/best.txt", "line_001\n"));
  options.epochs = 3;
  LineTask later;
  later.validation_losses = {3};
  NextAttempt next(sample);

  (void)Trainer(next.job, later, options).run();

  EXPECT_EQ(best_checkpoint(sample.dir.path(), sample.job.own_key)->epoch, 2);
}

TEST(Trainer, IsNeverBestWithAFigureThatIsNoNumber) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  SampleJob sample;
  LineTask task;
  task.validation_losses = {nan, nan};
  auto options = line_options(2);
  options.schedule.reset();
  (void)Trainer(sample.job, task, options).run();
  options.epochs = 4;
  LineTask later;
  later.validation_losses = {2, 3};
  NextAttempt next(sample);

  (void)Trainer(next.job, later, options).run();

  EXPECT_EQ(best_checkpoint(sample.dir.path(), sample.job.own_key)->epoch, 3);
}

TEST(Trainer, SaysThatOtherThreadsMayChangeTheLastBits) {
  SampleJob sample;
  train_to_a_sudden_end(sample);
  const auto file = newest_file(sample, ".json");
  auto json = parse_json(read_file(file).value()).value();
  json["surroundings"]["threads"] = 64;
  ASSERT_TRUE(write_file_atomic(file, to_text(json)));
  NextAttempt next(sample);

  (void)next.run(always_saving(3));

  EXPECT_THAT(next.fresh.log.front(), HasSubstr("compute threads instead of 64"));
  EXPECT_THAT(next.fresh.log.front(), HasSubstr("may differ"));
}

TEST(Trainer, SaysThatTheDataHaveChanged) {
  SampleJob sample;
  train_to_a_sudden_end(sample);
  const auto file = newest_file(sample, ".json");
  auto json = parse_json(read_file(file).value()).value();
  json["batches_per_epoch"] = 9;
  json["batches"] = 8;
  ASSERT_TRUE(write_file_atomic(file, to_text(json)));
  NextAttempt next(sample);

  (void)next.run(always_saving(3));

  EXPECT_THAT(next.fresh.log.front(), HasSubstr("the training data have changed"));
}

TEST(Trainer, StopsInTheSearchForARateAndBeginsItAnew) {
  auto options = line_options(3);
  options.rate_search = RateSearch::use;
  SampleJob sample;
  sample.stop.request_stop();
  LineTask task;
  EXPECT_THROW((void)Trainer(sample.job, task, options).run(), Stopped);
  EXPECT_FALSE(std::filesystem::exists(sample.dir.path() / "tuning.json"));

  (void)NextAttempt(sample).run(options);

  EXPECT_EQ(weights_after(sample, "line_003"), weights_without_stop(options));
}

TEST(Trainer, SaysAfterWhichEpochALaterAttemptGoesOn) {
  SampleJob sample;
  auto options = line_options(3);
  options.workers = 0;
  StoppingTask stopping(sample.stop, 3, 1);
  EXPECT_THROW((void)Trainer(sample.job, stopping, options).run(), Stopped);
  SampleJob later;
  LineTask task;
  const Job resumed{
      later.request, sample.job.artifacts, later.status, later.stop.get_token(), later.job.log};

  (void)Trainer(resumed, task, options).run();

  const auto lines = later.epoch_lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].status, contract::WorkerStatus::started);
  EXPECT_EQ(lines[0].epoch, 2);
  EXPECT_EQ(lines[1].epoch, 3);
  EXPECT_THAT(lines[0].message, HasSubstr("2 epochs and 2 batches"));
  const auto table = read_file(sample.dir.path() / "training.csv").value();
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4) << table;
}

TEST(Trainer, SaysThatALaterAttemptWithoutACheckpointStartsAgain) {
  SampleJob sample;
  sample.request.attempt = 2;
  LineTask task;

  (void)Trainer(sample.job, task, line_options(1)).run();

  const auto lines = sample.epoch_lines();
  EXPECT_EQ(lines.front().epoch, 0);
  EXPECT_THAT(lines.front().message, HasSubstr("starts again from the first epoch"));
  EXPECT_THAT(sample.log.front(), HasSubstr("starts again from the first epoch"));
}

TEST(Trainer, RefusesTheCheckpointOfAnotherModel) {
  SampleJob sample;
  LineTask task;
  (void)Trainer(sample.job, task, line_options(1)).run();
  LineTask again;
  auto other = line_options(2);
  other.network = "curve";

  EXPECT_THROW((void)Trainer(sample.job, again, other).run(), std::runtime_error);
}

TEST(Trainer, SaysWhatToDoWhenTheLossIsNoNumber) {
  SampleJob sample;
  LineTask task;
  task.loss_factor = std::numeric_limits<double>::quiet_NaN();

  try {
    (void)Trainer(sample.job, task, line_options(1)).run();
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("batch 1 of epoch 1"));
    EXPECT_THAT(error.what(), HasSubstr("lower the learning rate"));
  }
}

TEST(Trainer, StopsEarlyAfterEpochsWithoutImprovement) {
  SampleJob sample;
  LineTask task;  // Its validation losses are 4, 1, 3, 2, ...
  auto options = line_options(6);
  options.early_stopping = {.patience = 2};

  const auto report = Trainer(sample.job, task, options).run();

  EXPECT_EQ(sample.epoch_lines().size(), 4U);
  EXPECT_THAT(report.message, HasSubstr("after 4 of 6 epochs"));
  EXPECT_EQ(newest_checkpoint(sample.dir.path(), sample.job.own_key)->epoch, 4);
}

TEST(Trainer, CountsOnlyGainsOverTheLeastOneAsImprovement) {
  SampleJob sample;
  LineTask task;
  auto options = line_options(6);
  options.early_stopping = {.patience = 2, .min_delta = 3.5};

  (void)Trainer(sample.job, task, options).run();

  EXPECT_EQ(sample.epoch_lines().size(), 3U);
}

TEST(Trainer, RemembersItsPatienceWhenItGoesOn) {
  SampleJob sample;
  auto options = line_options(6);
  options.workers = 0;
  options.early_stopping = {.patience = 2};
  StoppingTask stopping(sample.stop, 4, 1);
  EXPECT_THROW((void)Trainer(sample.job, stopping, options).run(), Stopped);
  SampleJob later;
  LineTask task;
  task.validation_losses = {2};
  const Job resumed{
      later.request, sample.job.artifacts, later.status, later.stop.get_token(), later.job.log};

  const auto report = Trainer(resumed, task, options).run();

  EXPECT_THAT(report.message, HasSubstr("after 4 of 6 epochs"));
}

TEST(Trainer, NamesTheFiguresWhereItCannotWaitForOne) {
  SampleJob sample;
  LineTask task;
  auto options = line_options(2);
  options.early_stopping = {.patience = 1, .monitor = TrainingTask::Monitor{"val_mood", true}};

  try {
    (void)Trainer(sample.job, task, options).run();
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("val_mood"));
    EXPECT_THAT(error.what(), HasSubstr("validation_loss"));
  }
}

TEST(Trainer, SavesTheMovingAverageAndGoesOnFromTheWeights) {
  auto options = line_options(3);
  options.workers = 0;
  const auto plain = weights_without_stop(options);
  options.moving_average_decay = 0.9;

  const auto averaged = weights_without_stop(options);

  EXPECT_NE(averaged, plain);
  EXPECT_EQ(weights_after_stop(options, 2, 1), averaged);
}

TEST(Trainer, SavesTheMovingAverageOfTheWeightsAfterEachStep) {
  constexpr double decay = 0.3;  // Above what the first two of eight steps keep.
  auto options = line_options(2);
  const auto expected = moving_average_of(states_of(options), decay);
  options.moving_average_decay = decay;
  SampleJob sample;
  LineTask task;

  (void)Trainer(sample.job, task, options).run();

  const auto saved = saved_weights(sample);
  ASSERT_EQ(saved.size(), expected.size());
  for (std::size_t i = 0; i < saved.size(); ++i) {
    EXPECT_TRUE(torch::allclose(saved[i].value, expected[i].value, 1e-4, 1e-6)) << saved[i].name;
  }
}

TEST(Trainer, ValidatesTheMovingAverageThatItSaves) {
  auto options = line_options(2);
  options.moving_average_decay = 0.9;
  SampleJob sample;
  RecordingTask task;

  (void)Trainer(sample.job, task, options).run();

  const auto saved = saved_weights(sample);
  ASSERT_EQ(saved.size(), task.validated.size());
  for (std::size_t i = 0; i < saved.size(); ++i) {
    EXPECT_TRUE(torch::equal(saved[i].value, task.validated[i].value)) << saved[i].name;
  }
}

TEST(Trainer, SavesOnlyNowAndThenWhereItIsTold) {
  SampleJob sample;
  LineTask task;
  task.validation_losses = {1, 2, 3, 4};
  auto options = line_options(4);
  options.workers = 0;
  options.checkpoint_interval = 3;

  (void)Trainer(sample.job, task, options).run();

  EXPECT_EQ(best_checkpoint(sample.dir.path(), sample.job.own_key)->epoch, 1);
  EXPECT_EQ(newest_checkpoint(sample.dir.path(), sample.job.own_key)->epoch, 4);
}

TEST(Trainer, TrainsWithTheRateThatItFoundAlsoWhenItGoesOn) {
  SampleJob sample;
  LineTask task;
  auto options = line_options(1);
  options.schedule = StepRate{.learning_rate = 1e-9, .gamma = 1};
  options.rate_search = RateSearch::use;

  (void)Trainer(sample.job, task, options).run();

  const auto rate = sample.epoch_lines().back().graphical.at("learning_rate").get<double>();
  EXPECT_GT(rate, 1e-7);
  EXPECT_THAT(sample.log.front(), HasSubstr("which is used"));
  EXPECT_TRUE(std::filesystem::exists(sample.dir.path() / "lr_finder.csv"));
  options.epochs = 2;
  LineTask again;
  (void)Trainer(sample.job, again, options).run();
  EXPECT_EQ(sample.epoch_lines().back().graphical.at("learning_rate").get<double>(), rate);
}

TEST(Trainer, KeepsTheSpecOfTheTraining) {
  SampleJob sample;
  sample.request.spec = {{"epochs", 1}};
  LineTask task;

  (void)Trainer(sample.job, task, line_options(1)).run();

  EXPECT_EQ(newest_checkpoint(sample.dir.path(), sample.job.own_key)->spec, sample.request.spec);
}

TEST(Trainer, KeepsInItWhatTheTrainingChoseForItself) {
  SampleJob sample;
  sample.request.spec = {{"epochs", 1}, {"batch", {{"size", 64}}}};
  LineTask task;
  auto options = line_options(1);
  options.settled["batch.size"] = 2;

  (void)Trainer(sample.job, task, options).run();

  EXPECT_EQ(newest_checkpoint(sample.dir.path(), sample.job.own_key)->spec,
            (Json{{"epochs", 1}, {"batch", {{"size", 2}}}}));
}

TEST(Trainer, DividesTheRateByOnePlusDecayTimesSteps) {
  SampleJob sample;
  LineTask task;
  auto options = line_options(1);
  options.schedule.reset();
  options.optimizer.decay = 0.5;

  (void)Trainer(sample.job, task, options).run();

  EXPECT_DOUBLE_EQ(sample.epoch_lines().back().graphical.at("learning_rate").get<double>(),
                   0.05 / (1 + 0.5 * 3));
}

TEST(Trainer, KeepsAllOfItsTensorsEncryptedUnderTheJobsKey) {
  SampleJob sample;
  LineTask task;
  const Job job{.request = sample.request,
                .artifacts = sample.dir.path(),
                .status = sample.status,
                .stop = {},
                .log = [](std::string_view) {},
                .own_key = crypto::Passphrase(Secret(std::string("mine")))};

  (void)Trainer(job, task, line_options(1)).run();

  for (const auto* name : {"line_001.safetensors", "line_001.optimizer.safetensors"}) {
    const auto file = sample.dir.path() / "weights" / name;
    EXPECT_THAT(tensor::read_safetensors(file).error().message, HasSubstr("no valid safetensors"));
    EXPECT_THAT(tensor::read_safetensors(file, {}).error().message,
                HasSubstr("wrong encryption key"));
    EXPECT_TRUE(tensor::read_safetensors(file, job.own_key));
  }
}

TEST(Trainer, DoesNotGoOnWithAnotherKey) {
  SampleJob sample;
  LineTask task;
  (void)Trainer(sample.job, task, line_options(1)).run();
  const Job job{.request = sample.request,
                .artifacts = sample.dir.path(),
                .status = sample.status,
                .stop = {},
                .log = [](std::string_view) {},
                .own_key = crypto::Passphrase(Secret(std::string("another")))};
  LineTask again;

  try {
    (void)Trainer(job, again, line_options(2)).run();
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("line_001.safetensors: wrong encryption key"));
  }
}

TEST(BestCheckpoint, IsTheMarkedOne) {
  SampleJob sample;
  LineTask task;

  (void)Trainer(sample.job, task, line_options(4)).run();

  EXPECT_EQ(best_checkpoint(sample.dir.path(), sample.job.own_key)->epoch, 2);
}

TEST(BestCheckpoint, IsOpenedWithTheKey) {
  SampleJob sample;
  sample.job.own_key = crypto::Passphrase(Secret(std::string("mine")));
  LineTask task;
  LineTask target;
  (void)Trainer(sample.job, task, line_options(1)).run();

  const auto best = best_checkpoint(sample.dir.path(), sample.job.own_key).value();

  EXPECT_TRUE(load_weights(best, target.module()));
}

TEST(BestCheckpoint, IsTheNewestWhereNoneIsMarked) {
  SampleJob sample;
  LineTask task;
  (void)Trainer(sample.job, task, line_options(2)).run();
  std::filesystem::remove(sample.dir.path() / "weights/best.txt");

  EXPECT_EQ(best_checkpoint(sample.dir.path(), sample.job.own_key)->epoch, 2);
}

}  // namespace athanor::engine
