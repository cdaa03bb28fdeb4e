#include "athanor/data/annotation.hpp"

#include <filesystem>
#include <string>

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

}  // namespace athanor::data
