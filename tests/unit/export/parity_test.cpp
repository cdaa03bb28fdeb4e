#include "athanor/export/parity.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::exporter {

namespace {

using ::testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

bool agree(const torch::Tensor& expected, const torch::Tensor& actual) {
  return compare_tensors(expected, actual).value().within_tolerance();
}

TEST(Parity, AllowsATenThousandthOfSmallNumbers) {
  EXPECT_TRUE(agree(torch::tensor({0.1F, 0.2F}), torch::tensor({0.1F, 0.20009F})));
  EXPECT_FALSE(agree(torch::tensor({0.1F, 0.2F}), torch::tensor({0.1F, 0.20011F})));
}

TEST(Parity, AllowsATenThousandthOfTheLargestNumber) {
  EXPECT_TRUE(agree(torch::tensor({-50.0F, 1.0F}), torch::tensor({-50.0F, 1.0049F})));
  EXPECT_FALSE(agree(torch::tensor({-50.0F, 1.0F}), torch::tensor({-50.0F, 1.0051F})));
}

TEST(Parity, NumbersThatAreNotFiniteNeverAgree) {
  const auto one = torch::tensor({1.0F});

  EXPECT_FALSE(agree(one, torch::tensor({nan})));
  EXPECT_FALSE(agree(torch::tensor({nan}), one));
  EXPECT_FALSE(agree(torch::tensor({infinity}), one));
  EXPECT_FALSE(agree(torch::tensor({infinity}), torch::tensor({infinity})));
}

TEST(Parity, NamesShapesThatDiffer) {
  const auto parity = compare_outputs({{"y", torch::ones({2, 3})}}, {{"y", torch::ones({3, 2})}});

  ASSERT_FALSE(parity);
  EXPECT_THAT(parity.error().message, HasSubstr("output y: the shape is [3, 2] instead of [2, 3]"));
}

TEST(Parity, NamesMissingOutputs) {
  const auto parity = compare_outputs({{"y", torch::ones(1)}}, {});

  ASSERT_FALSE(parity);
  EXPECT_THAT(parity.error().message, HasSubstr("output y is missing"));
}

TEST(Parity, ReportsTheWorstOutputRelativeToItsTolerance) {
  const auto parity =
      compare_outputs({{"large", torch::tensor({1000.0F})}, {"small", torch::tensor({1.0F})}},
                      {{"large", torch::tensor({1000.05F})}, {"small", torch::tensor({1.01F})}});

  ASSERT_TRUE(parity);
  EXPECT_NEAR(parity->largest_difference, 0.01, 1e-4);
  EXPECT_FALSE(parity->within_tolerance());
}

TEST(Parity, NoOutputHidesOneThatIsNoNumber) {
  const auto one = torch::tensor({1.0F});
  for (const float broken : {nan, infinity}) {
    const auto other = torch::tensor({broken});
    const auto parity = compare_outputs({{"a", one}, {"b", other}, {"c", one}},
                                        {{"a", one}, {"b", other}, {"c", one}});

    ASSERT_TRUE(parity);
    EXPECT_FALSE(parity->within_tolerance());
  }
}

TEST(AllowFor, AllowsFourTimesTheRoundingUpToAHundredTimesTheUsual) {
  const auto tolerance_beside = [](double rounding) {
    return allow_for({rounding, 1e-4}, {0, 2e-4}).tolerance;
  };

  EXPECT_NEAR(tolerance_beside(1e-6), 2e-4, 1e-12);
  EXPECT_NEAR(tolerance_beside(1e-3), 40 * 2e-4, 1e-12);
  EXPECT_NEAR(tolerance_beside(1), 100 * 2e-4, 1e-12);
}

TEST(AllowFor, AllowsNothingWhereTheRoundingIsNoNumber) {
  for (const float broken : {nan, infinity}) {
    EXPECT_EQ(allow_for({broken, 1e-4}, {1e-6, 1e-4}).tolerance, 0);
  }
}

}  // namespace

}  // namespace athanor::exporter
