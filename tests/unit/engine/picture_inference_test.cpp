#include "athanor/engine/picture_inference.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/data/image.hpp"

namespace athanor::engine {

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

/// Pictures of one shade each, called by it.
class PictureInference : public ::testing::Test {
 protected:
  PictureInference() {
    fs::create_directories(root_);
    for (const int shade : {0, 100, 200}) {
      const cv::Mat picture(4, 4, CV_8UC1, cv::Scalar(shade));
      EXPECT_TRUE(data::write_image(root_ / (std::to_string(shade) + ".png"), picture));
    }
  }

  /// "0.png 0", for each picture below a folder: its name and the shade that the model sees.
  std::vector<std::string> seen_below(const fs::path& folder) {
    const data::Preprocessing plain{.channels = data::Channels::gray,
                                    .height = 4,
                                    .width = 4,
                                    .image_mean = std::array{0.0, 0.0, 0.0}};
    const auto shades = [this](const torch::Tensor& pixels) {
      batches_.push_back(pixels.size(0));
      std::vector<int> means;
      for (std::int64_t i = 0; i < pixels.size(0); ++i) {
        means.push_back(pixels[i].mean().item<int>());
      }
      return means;
    };
    std::vector<std::string> seen;
    const auto use = [&seen](const fs::path& picture, int shade) {
      seen.push_back(picture.filename().string() + " " + std::to_string(shade));
    };
    const auto count =
        infer_below(sample_.job, folder, plain, {.batch_size = 2, .workers = 1}, shades, use);
    EXPECT_EQ(count, seen.size());
    return seen;
  }

  testing::SampleJob sample_;
  fs::path root_ = sample_.dir.path() / "pictures";
  std::vector<std::int64_t> batches_;  ///< Pictures that the model was shown at once.
};

}  // namespace

TEST_F(PictureInference, GivesEachPictureItsAnswer) {
  EXPECT_THAT(seen_below(root_), ElementsAre("0.png 0", "100.png 100", "200.png 200"));
}

TEST_F(PictureInference, ShowsTheModelAsManyPicturesAtOnceAsItIsTold) {
  (void)seen_below(root_);

  EXPECT_THAT(batches_, ElementsAre(2, 1));
}

TEST_F(PictureInference, RefusesAFolderWithoutPictures) {
  const auto empty = sample_.dir.path() / "empty";
  fs::create_directories(empty);

  EXPECT_THROW((void)seen_below(empty), std::invalid_argument);
}

TEST_F(PictureInference, StopsWhenAsked) {
  sample_.stop.request_stop();

  EXPECT_THROW((void)seen_below(root_), Stopped);
}

TEST_F(PictureInference, WritesACaptionBelowTheArtifacts) {
  annotate_picture(sample_.job, root_ / "100.png", root_, "gray");

  EXPECT_TRUE(fs::exists(sample_.job.artifacts / "images_annotated/100.png"));
}

}  // namespace athanor::engine
