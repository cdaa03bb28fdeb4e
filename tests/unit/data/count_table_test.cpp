#include "athanor/data/count_table.hpp"

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

namespace athanor::data {

TEST(DrawCountTable, IsDarkestWhereARowHasItsCounts) {
  const std::vector<std::string> names{"a", "b"};
  const auto picture = draw_count_table(
      names, [](std::size_t row, std::size_t column) { return row == column ? 9 : 0; });

  // The last cell is on the diagonal, the one on its left is not.
  const int right = picture.cols - 12;
  const auto darkness = [&](int x) {
    const auto pixel = picture.at<cv::Vec3b>(picture.rows - 12, x);
    return 3 * 255 - pixel[0] - pixel[1] - pixel[2];
  };
  EXPECT_GT(darkness(right), 300);
  EXPECT_EQ(darkness(right - 64), 0);
}

TEST(DrawCountTable, StaysAPictureOfFewMegapixelsForAThousandClasses) {
  const std::vector<std::string> names(1000, "a long name of a class that has no room anywhere");

  const auto picture = draw_count_table(names, [](auto, auto) { return 0; });

  EXPECT_LT(picture.total(), 10'000'000U);
}

TEST(DrawCountTable, CutsNamesThatAreTooLong) {
  const std::vector<std::string> names(3, std::string(400, 'x'));

  EXPECT_LT(draw_count_table(names, [](auto, auto) { return 1; }).cols, 600);
}

}  // namespace athanor::data
