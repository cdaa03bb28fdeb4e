#include "athanor/networks/classification/pretrained_start.hpp"

#include "../sample_job.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::networks::multitask_classification {

namespace {

using networks::testing::newest_weight;
using networks::testing::newest_weights;
using networks::testing::SampleJob;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A training of several tasks for an epoch, from these weights where there are any.
class ShortTraining : public SampleJob {
 public:
  explicit ShortTraining(const std::filesystem::path& weights = {})
      : SampleJob("multitask_classification", "train") {
    set_path(request.spec, "training_config.num_epochs", 1);
    if (!weights.empty()) {
      request.pretrained = contract::PretrainedInput{"id", "first", weights};
    }
  }
};

/// One that leaves all of its backbone as it begins.
class FrozenStart : public ShortTraining {
 public:
  explicit FrozenStart(const std::filesystem::path& weights) : ShortTraining(weights) {
    set_path(request.spec, "model_config.freeze_blocks", Json::array({0, 1, 2, 3, 4}));
  }
};

TEST(MultitaskPretrainedStart, TakesTheBackboneOfAModelWithTasks) {
  SampleJob first("multitask_classification", "train");
  set_path(first.request.spec, "training_config.num_epochs", 2);
  (void)first.run();
  FrozenStart job(first.artifacts());

  (void)job.run();

  EXPECT_THAT(job.log,
              Contains(HasSubstr("come from the pretrained model first; its head is left out")));
  for (const auto* name : {"backbone.conv1.weight", "backbone.layer4.0.bn1.running_mean"}) {
    EXPECT_TRUE(newest_weight(job, name).equal(newest_weight(first, name))) << name;
  }
  constexpr const char* of_head = "heads.0.fc.weight";
  EXPECT_FALSE(newest_weight(job, of_head).equal(newest_weight(first, of_head)));
}

TEST(MultitaskPretrainedStart, TakesAFileOfABackboneAndLeavesItsHeadOut) {
  SampleJob classifier("classification", "train");
  set_path(classifier.request.spec, "train_config.n_epochs", 1);
  (void)classifier.run();
  const athanor::testing::TempDir folder;
  const auto weights = folder.path() / "weights.safetensors";
  ASSERT_TRUE(write_file_atomic(weights, newest_weights(classifier)));
  FrozenStart job(weights);

  (void)job.run();

  EXPECT_THAT(job.log, Contains(HasSubstr("its head is left out")));
  for (const std::string name : {"conv1.weight", "layer4.0.bn1.running_mean"}) {
    EXPECT_TRUE(newest_weight(job, "backbone." + name).equal(newest_weight(classifier, name)))
        << name;
  }
}

TEST(MultitaskPretrainedStart, LeavesFrozenNormsAsTheyWere) {
  ShortTraining first;
  (void)first.run();
  ShortTraining job(first.artifacts());
  set_path(job.request.spec, "model_config.freeze_bn", true);
  set_path(job.request.spec,
           "training_config.learning_rate.soft_start_annealing_schedule.max_learning_rate",
           0.001);
  const auto stayed = [&](const std::string& layer) {
    const auto name = "backbone." + layer;
    return newest_weight(job, name).equal(newest_weight(first, name));
  };

  (void)job.run();

  for (const auto* name :
       {"bn1.running_mean", "bn1.weight", "layer4.0.bn2.running_mean", "layer4.0.bn2.weight"}) {
    EXPECT_TRUE(stayed(name)) << name;
  }
  EXPECT_FALSE(stayed("conv1.weight"));
  EXPECT_FALSE(stayed("layer4.0.conv2.weight"));
}

TEST(MultitaskPretrainedStart, NamesTheTensorThatDoesNotFit) {
  ShortTraining first;
  (void)first.run();
  FrozenStart job(first.artifacts());
  set_path(job.request.spec, "model_config.n_layers", 18);

  EXPECT_THAT(networks::testing::failure_of(job),
              ::testing::AllOf(HasSubstr("model_config: the pretrained model first does not fit"),
                               HasSubstr("layer1.1.conv1.weight")));
}

}  // namespace

}  // namespace athanor::networks::multitask_classification
