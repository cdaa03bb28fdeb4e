#include "athanor/networks/classification/evaluation.hpp"

#include <cstdint>
#include <vector>

#include "../sample_job.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::networks::classification {

TEST(EvaluateImages, ReadsAsManyAtOnceAsItIsTold) {
  const athanor::testing::TempDir dir;
  const auto dataset = networks::testing::make_dataset(dir.path(), "classification");
  const auto folder = data::list_image_folder(dataset.root).value();
  const Predictor undecided{
      {.height = 16, .width = 16}, folder.classes, "", [](const torch::Tensor& pixels) {
        return torch::zeros({pixels.size(0), 2});
      }};
  EvaluationOptions options;
  options.reading.batch_size = 5;
  std::vector<std::int64_t> batches;

  const auto tally = evaluate_images(
      undecided, folder, options, [&](std::int64_t count) { batches.push_back(count); });

  EXPECT_THAT(batches, ::testing::ElementsAre(5, 5, 5, 5, 4));
  EXPECT_EQ(tally.confusion().total(), 24);
}

}  // namespace athanor::networks::classification
