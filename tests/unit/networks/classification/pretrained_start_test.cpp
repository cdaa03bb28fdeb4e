#include "athanor/networks/classification/pretrained_start.hpp"

#include "../sample_job.hpp"
#include "support/clear_content.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/engine/checkpoint.hpp"

namespace athanor::networks::classification {

namespace {

using networks::testing::SampleJob;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A training that another one may start from.
const SampleJob& first_training() {
  static const auto job = [] {
    auto made = std::make_unique<SampleJob>("classification", "train");
    set_path(made->request.spec, "train_config.n_epochs", 4);
    (void)made->run();
    return made;
  }();
  return *job;
}

double first_loss(const SampleJob& job) {
  return job.epoch_lines().front().graphical.at("loss").get<double>();
}

TEST(PretrainedStart, GoesOnWhereATrainedModelStood) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.retain_head", true);
  set_path(job.request.spec, "train_config.n_epochs", 1);
  job.request.pretrained = contract::PretrainedInput{"id", "first", first_training().artifacts()};

  (void)job.run();

  EXPECT_LT(first_loss(job), first_loss(first_training()));
  EXPECT_THAT(job.log, Contains(HasSubstr("come from the pretrained model first")));
  EXPECT_THAT(job.log, Contains(HasSubstr("is kept")));
}

TEST(PretrainedStart, TakesAFileOfWeights) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "train_config.n_epochs", 1);
  const auto checkpoint = engine::newest_checkpoint(first_training().artifacts(), {}).value();
  const athanor::testing::TempDir folder;
  const auto weights = folder.path() / "weights.safetensors";
  ASSERT_TRUE(write_file_atomic(
      weights, athanor::testing::clear_content(checkpoint.weights, checkpoint.key).value()));
  job.request.pretrained = contract::PretrainedInput{"id", "first", weights};

  (void)job.run();

  EXPECT_THAT(job.log, Contains(HasSubstr("its last layer, fc, starts fresh")));
}

TEST(PretrainedStart, NamesTheModelAndTheTensorThatDoNotFit) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.n_layers", 18);
  job.request.pretrained = contract::PretrainedInput{"id", "first", first_training().artifacts()};

  std::string reason;
  try {
    (void)job.run();
  } catch (const std::invalid_argument& error) {
    reason = error.what();
  }

  EXPECT_THAT(reason, HasSubstr("model_config: the pretrained model first does not fit"));
  EXPECT_THAT(reason, HasSubstr("layer1.1.conv1.weight"));
}

TEST(PretrainedStart, SaysThatTheWeightsAreGone) {
  SampleJob job("classification", "train");
  job.request.pretrained = contract::PretrainedInput{"id", "first", "/nowhere/weights.safetensors"};

  EXPECT_THROW((void)job.run(), std::invalid_argument);
}

}  // namespace

}  // namespace athanor::networks::classification
