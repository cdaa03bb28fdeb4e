#include "athanor/engine/confusion_matrix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

using ::testing::ElementsAre;

/// Truth 0: three right, one taken for 1. Truth 1: two right, two taken for 2. Class 2: nothing.
ConfusionMatrix example() {
  ConfusionMatrix matrix(3);
  for (const auto& [truth, predicted] :
       {std::pair{0, 0}, {0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 1}, {1, 2}, {1, 2}}) {
    matrix.add(static_cast<std::size_t>(truth), static_cast<std::size_t>(predicted));
  }
  return matrix;
}

}  // namespace

TEST(ConfusionMatrix, MeasuresEachClass) {
  const auto matrix = example();

  EXPECT_DOUBLE_EQ(matrix.accuracy(), 5.0 / 8);
  EXPECT_DOUBLE_EQ(matrix.precision(1), 2.0 / 3);
  EXPECT_DOUBLE_EQ(matrix.recall(1), 0.5);
  EXPECT_DOUBLE_EQ(matrix.f1(1), 2 * (2.0 / 3) * 0.5 / (2.0 / 3 + 0.5));
}

TEST(ConfusionMatrix, IsZeroWhereNothingDivides) {
  const auto matrix = example();

  EXPECT_DOUBLE_EQ(matrix.recall(2), 0.0);
  EXPECT_DOUBLE_EQ(matrix.f1(2), 0.0);
  EXPECT_DOUBLE_EQ(ConfusionMatrix(2).accuracy(), 0.0);
}

TEST(ConfusionMatrix, NamesTheClassesThatAreConfusedMost) {
  const auto matrix = example();  // One mistake is about 0, three are about 1 and two about 2.

  EXPECT_THAT(matrix.most_confused(2), ElementsAre(1, 2));
  EXPECT_THAT(matrix.most_confused(3), ElementsAre(0, 1, 2));
}

TEST(ConfusionMatrix, HasRoomForAMillionClasses) {
  constexpr std::size_t classes = 1'000'000;
  ConfusionMatrix matrix(classes);

  matrix.add(classes - 1, 0);
  matrix.add(classes - 1, classes - 1);

  EXPECT_EQ(matrix.samples(classes - 1), 2);
  EXPECT_EQ(matrix.count(classes - 1, 0), 1);
  EXPECT_DOUBLE_EQ(matrix.accuracy(), 0.5);
}

TEST(ConfusionMatrix, RefusesAnUnknownClass) {
  ConfusionMatrix matrix(2);

  EXPECT_THROW(matrix.add(2, 0), std::out_of_range);
  EXPECT_THROW(matrix.add(0, 2), std::out_of_range);
}

}  // namespace athanor::engine
