#include "athanor/engine/forecaster.hpp"

#include <limits>

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/contract/forecast.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

using engine::testing::LineTask;
using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

/// Says how much data it has.
class MeasuredTask : public LineTask {
 public:
  [[nodiscard]] Extent extent() const override { return told; }

  StepResult step(const Batch& batch) override {
    const auto held = torch::empty({bytes_per_step}, torch::kUInt8);
    return LineTask::step(batch);
  }

  Extent told = {.samples = 8, .batch_size = 2, .validation_samples = 6};
  std::int64_t bytes_per_step = 0;
};

struct ForecastJob {
  athanor::testing::TempDir dir;
  contract::JobRequest request;
  StatusWriter status{dir.path() / contract::status_file};
  std::vector<std::string> log;
  TrainingOptions options;
  Job job{request, dir.path() / "artifacts", status, {}, [this](std::string_view line) {
            log.emplace_back(line);
          }};

  [[nodiscard]] Json forecast() const { return contract::read_forecast(dir.path()).value(); }

  /// Why the task cannot be trained; empty where it can.
  std::string refusal(TrainingTask& task) {
    try {
      options.epochs = 3;
      forecast_training(job, task, options);
      return "";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  }
};

torch::Tensor generator_state() {
  return at::detail::getDefaultCPUGenerator().get_state();
}

}  // namespace

TEST(ForecastTraining, LeavesNoTrace) {
  MeasuredTask task;
  ForecastJob sample;
  tensor::NamedTensors before;
  for (const auto& [name, value] : tensor::state_dict(task.module())) {
    before.push_back({name, value.detach().clone()});
  }
  const auto generator = generator_state();

  EXPECT_EQ(sample.refusal(task), "");

  for (const auto& [name, value] : tensor::state_dict(task.module())) {
    EXPECT_TRUE(value.equal(*tensor::find_tensor(before, name))) << name;
  }
  for (const auto& parameter : task.module().parameters()) {
    EXPECT_FALSE(parameter.grad().defined());
  }
  EXPECT_TRUE(task.module().is_training());
  EXPECT_TRUE(generator.equal(generator_state()));
}

TEST(ForecastTraining, WritesWhatItIsBasedOn) {
  MeasuredTask task;
  ForecastJob sample;

  ASSERT_EQ(sample.refusal(task), "");

  const auto forecast = sample.forecast();
  EXPECT_EQ(forecast.at("verdict"), "works");
  EXPECT_EQ(forecast.at("message"), nullptr);
  EXPECT_EQ(forecast.at("batch_size"), 2);
  EXPECT_EQ(forecast.at("epochs"), 3);
  EXPECT_EQ(forecast.at("based_on").at("samples"), 2);  // There are no more in a batch.
  EXPECT_EQ(forecast.at("based_on").at("training_samples"), 8);
  EXPECT_DOUBLE_EQ(forecast.at("seconds_total").get<double>(),
                   3 * forecast.at("seconds_per_epoch").get<double>());
  EXPECT_GT(forecast.at("memory_bytes"), forecast.at("based_on").at("process_bytes"));
  EXPECT_GT(forecast.at("memory_limit_bytes"), forecast.at("memory_bytes"));
}

TEST(ForecastTraining, IsMadeOnce) {
  MeasuredTask task;
  ForecastJob sample;
  ASSERT_EQ(sample.refusal(task), "");
  const auto first = sample.forecast();

  task.told.samples = 800;
  EXPECT_EQ(sample.refusal(task), "");

  EXPECT_EQ(sample.forecast(), first);
}

TEST(ForecastTraining, CanBeLeftOut) {
  MeasuredTask task;
  ForecastJob sample;
  sample.request.preflight = false;

  EXPECT_EQ(sample.refusal(task), "");

  EXPECT_FALSE(contract::read_forecast(sample.dir.path()));
}

TEST(ForecastTraining, RefusesALossThatIsNoNumber) {
  MeasuredTask task;
  task.loss_factor = std::numeric_limits<double>::quiet_NaN();
  ForecastJob sample;

  EXPECT_THAT(sample.refusal(task), HasSubstr("no number"));

  EXPECT_EQ(sample.forecast().at("verdict"), "fails");
  EXPECT_THAT(sample.forecast().at("message").get<std::string>(), HasSubstr("image_mean"));
}

TEST(ForecastTraining, RefusesABatchFarOverTheMemory) {
  MeasuredTask task;
  task.told = {.samples = std::int64_t{1} << 50, .batch_size = std::int64_t{1} << 45};
  ForecastJob sample;

  EXPECT_THAT(sample.refusal(task),
              AllOf(HasSubstr("out of memory: batches of 35184372088832"),
                    HasSubstr("lower the batch size to")));
}

TEST(ForecastTraining, RefusesFarMoreBatchesReadAheadThanTheMemoryHolds) {
  MeasuredTask task;
  task.told.samples = std::int64_t{1} << 50;
  ForecastJob sample;
  sample.options.batches_ahead = std::int64_t{1} << 45;

  EXPECT_THAT(sample.refusal(task),
              AllOf(HasSubstr("out of memory: batches of 2 "), HasSubstr("or max_queue_size")));
}

TEST(ForecastTraining, CountsNoMoreBatchesReadAheadThanAnEpochHas) {
  MeasuredTask task;
  ForecastJob sample;
  sample.options.batches_ahead = std::int64_t{1} << 45;

  EXPECT_EQ(sample.refusal(task), "");
}

TEST(ForecastTraining, RefusesStepsThatDoNotFitEvenWithFewSamples) {
  MeasuredTask task;
  task.bytes_per_step = std::int64_t{1} << 46;
  ForecastJob sample;

  EXPECT_THAT(sample.refusal(task), HasSubstr("out of memory: even 2 samples"));

  EXPECT_EQ(sample.forecast().at("verdict"), "fails");
}

}  // namespace athanor::engine
