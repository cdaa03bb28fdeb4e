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

using networks::testing::first_loss_of;
using networks::testing::newest_weight;
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

/// A training of a small vgg for an epoch, with the published head or a plain one.
class VggTraining : public SampleJob {
 public:
  explicit VggTraining(bool published_head) : SampleJob("classification", "train") {
    set_path(request.spec, "model_config.arch", "vgg");
    set_path(request.spec, "model_config.n_layers", 16);
    set_path(request.spec, "model_config.retain_head", published_head);
    set_path(request.spec, "train_config.n_epochs", 1);
    set_path(request.spec, "train_config.lr_config.step.learning_rate", 0.001);
  }
};

/// A third class beside the two of the sample data.
void add_class(const SampleJob& job) {
  const auto folder = job.request.train_datasets[0].root / "images_train";
  std::filesystem::copy(folder / "dark", folder / "dim");
}

TEST(PretrainedStart, GoesOnWhereATrainedModelStood) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.retain_head", true);
  set_path(job.request.spec, "train_config.n_epochs", 1);
  job.request.pretrained = contract::PretrainedInput{"id", "first", first_training().artifacts()};

  (void)job.run();

  EXPECT_LT(first_loss_of(job), first_loss_of(first_training()));
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

TEST(PretrainedStart, StartsALastLayerForOtherClassesAfreshAndSaysSo) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.retain_head", true);
  set_path(job.request.spec, "train_config.n_epochs", 1);
  job.request.pretrained = contract::PretrainedInput{"id", "first", first_training().artifacts()};
  add_class(job);

  (void)job.run();

  EXPECT_THAT(job.log,
              Contains(HasSubstr("its last layer, fc, starts fresh: retain_head needs the same "
                                 "number of classes")));
  EXPECT_EQ(newest_weight(job, "fc.weight").size(0), 3);
}

TEST(PretrainedStart, KeepsThePublishedHeadUpToItsLastLayer) {
  VggTraining published(/*published_head=*/true);
  (void)published.run();
  VggTraining job(/*published_head=*/true);
  job.request.pretrained = contract::PretrainedInput{"id", "first", published.artifacts()};
  add_class(job);

  (void)job.run();

  // All but the weight and the bias of the last of three linear layers.
  EXPECT_THAT(job.log,
              Contains(HasSubstr("its last layer, classifier.6, starts fresh: retain_head")));
  EXPECT_EQ(newest_weight(job, "classifier.6.weight").size(0), 3);
}

TEST(PretrainedStart, TakesThePublishedWeightsBehindAPlainHead) {
  VggTraining published(/*published_head=*/true);
  (void)published.run();
  VggTraining job(/*published_head=*/false);
  job.request.pretrained = contract::PretrainedInput{"id", "first", published.artifacts()};
  set_path(job.request.spec, "model_config.freeze_blocks", Json::array({1, 2, 3, 4, 5}));

  (void)job.run();

  EXPECT_THAT(job.log, Contains(HasSubstr("its last layer, fc, starts fresh")));
  EXPECT_TRUE(
      newest_weight(job, "features.0.weight").equal(newest_weight(published, "features.0.weight")));
}

TEST(PretrainedStart, LeavesFrozenNormsAsTheyWere) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.freeze_bn", true);
  set_path(job.request.spec, "train_config.n_epochs", 1);
  set_path(job.request.spec, "train_config.lr_config.step.learning_rate", 0.001);
  job.request.pretrained = contract::PretrainedInput{"id", "first", first_training().artifacts()};
  const auto stayed = [&job](const char* name) {
    return newest_weight(job, name).equal(newest_weight(first_training(), name));
  };

  (void)job.run();

  for (const auto* name :
       {"bn1.running_mean", "bn1.weight", "layer4.0.bn2.running_mean", "layer4.0.bn2.weight"}) {
    EXPECT_TRUE(stayed(name)) << name;
  }
  EXPECT_FALSE(stayed("conv1.weight"));
  EXPECT_FALSE(stayed("layer4.0.conv2.weight"));
}

TEST(PretrainedStart, NamesTheModelAndTheTensorThatDoNotFit) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.n_layers", 18);
  job.request.pretrained = contract::PretrainedInput{"id", "first", first_training().artifacts()};

  EXPECT_THAT(networks::testing::failure_of(job),
              ::testing::AllOf(HasSubstr("model_config: the pretrained model first does not fit"),
                               HasSubstr("layer1.1.conv1.weight")));
}

TEST(PretrainedStart, SaysThatTheWeightsAreGone) {
  SampleJob job("classification", "train");
  job.request.pretrained = contract::PretrainedInput{"id", "first", "/nowhere/weights.safetensors"};

  EXPECT_THAT(networks::testing::failure_of(job),
              ::testing::AllOf(HasSubstr("the pretrained model first: "),
                               HasSubstr("weights.safetensors")));
}

}  // namespace

}  // namespace athanor::networks::classification
