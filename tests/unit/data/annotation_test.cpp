#include "athanor/data/annotation.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/data/image.hpp"

namespace athanor::data {

namespace {

namespace fs = std::filesystem;
using athanor::testing::TempDir;

}  // namespace

TEST(Annotate, EnlargesSmallPictures) {
  const auto annotated = annotate(cv::Mat(30, 32, CV_8UC3, cv::Scalar::all(90)), "cat 0.90");

  EXPECT_EQ(annotated.cols, 7 * 32);
  EXPECT_GT(annotated.rows, 7 * 30);
}

TEST(Annotate, LeavesRoomBesideWhatIsLongAndNarrow) {
  const auto annotated = annotate(cv::Mat(3000, 8, CV_8UC3, cv::Scalar::all(90)), "cat 0.90");

  EXPECT_EQ(annotated.cols, 224);
  EXPECT_GT(annotated.rows, 3000);
  EXPECT_LT(annotated.rows, 3100);
}

TEST(WriteAnnotated, WritesEveryFormatThatIsRead) {
  const TempDir dir;
  const auto root = dir.path() / "root";
  fs::create_directories(root / "images");
  const auto folder = dir.path() / "annotated";
  for (const std::string extension :
       {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".PGM"}) {
    const bool is_gray = extension == ".pgm" || extension == ".PGM";
    const auto picture = root / "images" / ("picture" + extension);
    const cv::Mat pixels(20, 300, is_gray ? CV_8UC1 : CV_8UC3, cv::Scalar::all(90));
    ASSERT_TRUE(write_image(picture, pixels)) << extension;

    const auto status = write_annotated(picture, root, folder, "cat 0.90");

    ASSERT_TRUE(status) << status.error().message;
    const auto annotated = read_image(folder / ("picture" + extension), Channels::color);
    ASSERT_TRUE(annotated) << extension;
    EXPECT_EQ(annotated->cols, 300) << extension;
    EXPECT_GT(annotated->rows, 20) << extension;
  }
}

TEST(WriteAnnotated, ShowsPicturesOfEveryKindInTheirColours) {
  const TempDir dir;
  const auto images = dir.path() / "images";
  fs::create_directories(images);
  const cv::Size size(300, 20);
  ASSERT_TRUE(write_image(images / "deep.png",
                          cv::Mat(size, CV_16UC3, cv::Scalar(40 << 8, 50 << 8, 60 << 8))));
  ASSERT_TRUE(write_image(images / "alpha.png", cv::Mat(size, CV_8UC4, cv::Scalar(40, 50, 60, 0))));
  ASSERT_TRUE(write_image(images / "gray.png", cv::Mat(size, CV_8UC1, cv::Scalar(90))));
  fs::copy(athanor::testing::source_folder() / "tests/golden/pictures/cmyk.jpg",
           images / "cmyk.jpg");
  const std::pair<const char*, cv::Vec3b> shown[] = {{"deep.png", {40, 50, 60}},
                                                     {"alpha.png", {40, 50, 60}},
                                                     {"gray.png", {90, 90, 90}},
                                                     {"cmyk.jpg", {24, 106, 161}}};

  for (const auto& [name, colour] : shown) {
    const auto status =
        write_annotated(images / name, dir.path(), dir.path() / "annotated", "cat 0.90");

    ASSERT_TRUE(status) << status.error().message;
    const auto annotated = read_image(dir.path() / "annotated" / name, Channels::color);
    ASSERT_TRUE(annotated) << name;
    const auto pixel = annotated->at<cv::Vec3b>(8, 8);
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_NEAR(pixel[channel], colour[channel], 6) << name;  // JPEG is lossy.
    }
  }
}

}  // namespace athanor::data
