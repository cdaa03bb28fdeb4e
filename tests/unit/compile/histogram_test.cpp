#include "athanor/compile/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace athanor::compile {

namespace {

std::vector<float> normal_numbers(std::size_t count, float deviation) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> numbers(count);
  std::ranges::generate(numbers, [&] { return normal(generator); });
  return numbers;
}

/// What 8 bits lose of the numbers at a threshold: the mean square.
double loss_at(const std::vector<float>& numbers, float threshold) {
  double sum = 0;
  for (const auto number : numbers) {
    const float step = threshold / 127;
    const float back = std::clamp(std::round(number / step), -127.0F, 127.0F) * step;
    sum += std::pow(static_cast<double>(back - number), 2);
  }
  return sum / static_cast<double>(numbers.size());
}

TEST(Histogram, TakesAllNumbersIntoTheRangeOfMinMax) {
  Histogram histogram;
  histogram.add(std::vector<float>{0.5F, -2, 1});

  EXPECT_FLOAT_EQ(histogram.threshold(CalibrationMethod::min_max), 2);
  EXPECT_FLOAT_EQ(histogram.smallest(), -2);
  EXPECT_FLOAT_EQ(histogram.largest(), 1);
}

TEST(Histogram, CutsOneInTenThousandByPercentile) {
  auto numbers = normal_numbers(100'000, 1);
  numbers.push_back(100);
  std::vector<float> magnitudes;
  std::ranges::transform(
      numbers, std::back_inserter(magnitudes), [](float number) { return std::abs(number); });
  std::ranges::sort(magnitudes);
  const auto exact = magnitudes[static_cast<std::size_t>(0.9999 * 100'001)];
  Histogram histogram;
  histogram.add(numbers);

  const auto threshold = histogram.threshold(CalibrationMethod::percentile);

  EXPECT_GE(threshold, exact * 0.98F);
  EXPECT_LE(threshold, exact + 100.0F / Histogram::bin_count * 2);
}

TEST(Histogram, CutsAsManyAsThePercentileLeavesOut) {
  Histogram histogram;
  histogram.add(normal_numbers(100'000, 1));

  // Of a normal distribution, 90 % are within 1.645 deviations and 99 % within 2.576.
  EXPECT_NEAR(histogram.threshold(CalibrationMethod::percentile, 90), 1.645F, 0.03F);
  EXPECT_NEAR(histogram.threshold(CalibrationMethod::percentile, 99), 2.576F, 0.05F);
  EXPECT_FLOAT_EQ(histogram.threshold(CalibrationMethod::percentile, 100),
                  histogram.threshold(CalibrationMethod::min_max));
}

TEST(Histogram, LosesLessByEntropyThanByMinMaxWhereThereAreOutliers) {
  auto numbers = normal_numbers(50'000, 1);
  numbers.push_back(40);
  numbers.push_back(-35);
  Histogram histogram;
  histogram.add(numbers);

  const auto entropy = histogram.threshold(CalibrationMethod::entropy);

  EXPECT_LT(entropy, 12);
  EXPECT_GT(entropy, 1.5);
  numbers.resize(50'000);
  EXPECT_LT(loss_at(numbers, entropy), loss_at(numbers, 40));
}

TEST(Histogram, GivesNumbersAboveZeroTheStepsOfOneSideForTensorRt) {
  Histogram above;
  Histogram on_both_sides;
  for (const auto number : normal_numbers(20'000, 1)) {
    const float magnitude = std::abs(number);
    above.add(std::vector<float>{magnitude});
    on_both_sides.add(std::vector<float>{magnitude, -magnitude});
  }

  EXPECT_EQ(
      above.threshold(CalibrationMethod::entropy, usual_percentile, CalibrationTarget::tensorrt),
      on_both_sides.threshold(CalibrationMethod::entropy));
}

TEST(Histogram, DoesNotDependOnHowNumbersAreDealtOut) {
  const auto numbers = normal_numbers(8192, 2);
  const std::vector<float> largest{16};
  Histogram at_once;
  at_once.add(largest);
  at_once.add(numbers);
  Histogram in_pieces;
  in_pieces.add(std::vector<float>{1});
  for (std::size_t i = 0; i < numbers.size(); i += 100) {
    in_pieces.add(std::span(numbers).subspan(i, std::min<std::size_t>(100, numbers.size() - i)));
  }
  in_pieces.add(largest);

  for (const auto method : {CalibrationMethod::entropy, CalibrationMethod::percentile}) {
    EXPECT_NEAR(at_once.threshold(method), in_pieces.threshold(method), 0.05F);
  }
}

TEST(Histogram, OfZerosHasAThresholdAllTheSame) {
  Histogram histogram;
  histogram.add(std::vector<float>(10, 0.0F));

  EXPECT_GT(histogram.threshold(CalibrationMethod::entropy), 0);
}

TEST(Histogram, NoticesNumbersThatAreNone) {
  Histogram histogram;
  histogram.add(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()});

  EXPECT_FALSE(histogram.finite());
}

}  // namespace

}  // namespace athanor::compile
