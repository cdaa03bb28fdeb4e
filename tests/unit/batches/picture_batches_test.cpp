#include "athanor/batches/picture_batches.hpp"

#include <set>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/data/image.hpp"

namespace athanor::data {

namespace {

using athanor::testing::TempDir;
using ::testing::ElementsAre;

constexpr Preprocessing four_by_four{.channels = Channels::gray, .height = 4, .width = 4};

/// Pictures of one gray each: 0, 10, 20 and so on.
std::vector<std::filesystem::path> gray_pictures(const TempDir& dir, int count) {
  std::vector<std::filesystem::path> paths;
  for (int i = 0; i < count; ++i) {
    paths.push_back(dir.path() / (std::to_string(i) + ".png"));
    (void)write_image(paths.back(), cv::Mat(4, 4, CV_8UC1, cv::Scalar(10 * i)));
  }
  return paths;
}

TrainingPictures training(const TempDir& dir, int count, std::int64_t batch_size = 3) {
  return {gray_pictures(dir, count), {.horizontal_flip = false}, four_by_four, batch_size, 42};
}

}  // namespace

TEST(TrainingPictures, ShowsEveryPictureOnceAnEpoch) {
  const TempDir dir;
  const auto pictures = training(dir, 8);

  std::multiset<std::size_t> shown;
  for (std::size_t i = 0; i < pictures.batches(); ++i) {
    const auto batch = pictures.load(1, i);
    EXPECT_EQ(batch.pixels.size(0), static_cast<std::int64_t>(batch.samples.size()));
    shown.insert(batch.samples.begin(), batch.samples.end());
  }

  EXPECT_THAT(shown, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(TrainingPictures, LeavesASinglePictureForTheNextEpoch) {
  const TempDir dir;

  EXPECT_EQ(training(dir, 7).batches(), 2U);
  EXPECT_EQ(training(dir, 8).batches(), 3U);
  EXPECT_EQ(training(dir, 1).batches(), 1U);
}

TEST(TrainingPictures, MakesABatchOfEachWhereItHoldsOne) {
  const TempDir dir;

  EXPECT_EQ(training(dir, 1, 1).batches(), 1U);
  EXPECT_EQ(training(dir, 4, 1).batches(), 4U);
}

TEST(TrainingPictures, PutsPixelsAndSamplesInTheSameOrder) {
  const TempDir dir;
  const auto batch = training(dir, 6).load(2, 1);

  for (std::size_t i = 0; i < batch.samples.size(); ++i) {
    EXPECT_NEAR(batch.pixels[static_cast<std::int64_t>(i)][0][3][3].item<float>(),
                10.0F * static_cast<float>(batch.samples[i]) - 117.3786F,
                1e-3F);
    EXPECT_EQ(batch.keys[i].sample, batch.samples[i]);
    EXPECT_EQ(batch.keys[i].epoch, 2U);
  }
}

TEST(TrainingPictures, ShowTheSameWhateverTheFormatOfThePixels) {
  const TempDir dir;
  cv::Mat pixels(80, 60, CV_8UC3);
  cv::RNG(3).fill(pixels, cv::RNG::UNIFORM, 0, 256);
  ASSERT_TRUE(write_image(dir.path() / "a.jpg", pixels));
  ASSERT_TRUE(
      write_image(dir.path() / "a.png", read_image(dir.path() / "a.jpg", Channels::color).value()));
  const auto training_on = [&](const char* name) {
    return TrainingPictures(
        {dir.path() / name}, {.random_crop = true}, {.height = 40, .width = 36}, 1, 42);
  };

  for (std::uint32_t epoch = 1; epoch <= 20; ++epoch) {
    EXPECT_TRUE(torch::equal(training_on("a.jpg").load(epoch, 0).pixels,
                             training_on("a.png").load(epoch, 0).pixels));
  }
}

TEST(ForEachBatch, GivesThePicturesInOrderForAnyNumberOfThreads) {
  const TempDir dir;
  const auto paths = gray_pictures(dir, 7);

  for (const int workers : {0, 3}) {
    std::vector<std::size_t> firsts;
    std::vector<float> grays;
    for_each_batch(paths,
                   four_by_four,
                   {.batch_size = 3, .workers = workers, .center_crop = false},
                   [&](std::size_t first, const torch::Tensor& pixels) {
                     firsts.push_back(first);
                     for (std::int64_t i = 0; i < pixels.size(0); ++i) {
                       grays.push_back(std::round(pixels[i][0][0][0].item<float>() + 117.3786F));
                     }
                   });
    EXPECT_THAT(firsts, ElementsAre(0, 3, 6));
    EXPECT_THAT(grays, ElementsAre(0, 10, 20, 30, 40, 50, 60));
  }
}

TEST(SpreadSample, TakesAtMostAsManyFromAllOver) {
  const std::vector<std::filesystem::path> paths{"0", "1", "2", "3", "4", "5", "6"};

  EXPECT_THAT(spread_sample(paths, 3), ElementsAre("0", "2", "4"));
  EXPECT_EQ(spread_sample(paths, 100).size(), 7U);
}

}  // namespace athanor::data
