#include "athanor/engine/picture_task.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

/// Five pictures in batches of two.
struct FivePictures {
  [[nodiscard]] std::size_t size() const { return 5; }

  [[nodiscard]] std::size_t batches() const { return 3; }

  [[nodiscard]] Batch load(std::uint32_t epoch,
                           std::size_t index,
                           std::size_t most = std::numeric_limits<std::size_t>::max()) const {
    const auto count = static_cast<std::int64_t>(std::min<std::size_t>(2, most));
    return {torch::full({count}, static_cast<double>(10 * epoch + index)), {}, count};
  }
};

struct SevenLabels {
  [[nodiscard]] std::size_t size() const { return 7; }
};

class FivePicturesTask : public PictureTask<FivePictures, SevenLabels> {
 public:
  explicit FivePicturesTask(std::optional<SevenLabels> validation)
      : PictureTask({}, validation, 2, {.batch_size = 3, .workers = 1}, "validation_loss") {}

  torch::nn::Module& module() override { return *module_; }

  StepResult step(const Batch& /*batch*/) override { return {}; }

  [[nodiscard]] Json model_description() const override { return {}; }

  [[nodiscard]] std::vector<std::string> kpi_names() const override { return {}; }

 protected:
  Figures measure(const SevenLabels& labelled, const Advance& advance) override {
    advance(3);
    return {{"pictures", static_cast<double>(labelled.size())}};
  }

 private:
  torch::nn::Linear module_{1, 1};
};

}  // namespace

TEST(PictureTask, LoadsTheBatchesOfItsImages) {
  const FivePicturesTask task(std::nullopt);

  EXPECT_EQ(task.batches_per_epoch(), 3U);
  EXPECT_EQ(task.load(2, 1).input[0].item<double>(), 21);
  EXPECT_EQ(task.load_first(1).size, 1);
  EXPECT_EQ(task.load_first(9).size, 2);
}

TEST(PictureTask, TellsHowMuchAnEpochReads) {
  const auto alone = FivePicturesTask(std::nullopt).extent();
  const auto validated = FivePicturesTask(SevenLabels()).extent();

  EXPECT_EQ(alone.samples, 5);
  EXPECT_EQ(alone.batch_size, 2);
  EXPECT_EQ(alone.validation_samples, 0);
  EXPECT_EQ(validated.validation_samples, 7);
  EXPECT_EQ(validated.validation_batch_size, 3);
  EXPECT_EQ(validated.validation_workers, 1);
}

TEST(PictureTask, IsJudgedByItsTrainingWithoutValidation) {
  EXPECT_EQ(FivePicturesTask(std::nullopt).monitor().figure, "loss");
  EXPECT_EQ(FivePicturesTask(SevenLabels()).monitor().figure, "validation_loss");
}

TEST(PictureTask, HasFiguresOfItsValidationAlone) {
  EXPECT_EQ(FivePicturesTask(std::nullopt).validate({}), Figures());
  EXPECT_EQ(FivePicturesTask(SevenLabels()).validate({}), (Figures{{"pictures", 7}}));
}

TEST(PictureTask, StopsBetweenTheBatchesOfAValidation) {
  FivePicturesTask task{SevenLabels()};
  std::stop_source stop;
  stop.request_stop();

  EXPECT_THROW((void)task.validate(stop.get_token()), Stopped);
}

}  // namespace athanor::engine
