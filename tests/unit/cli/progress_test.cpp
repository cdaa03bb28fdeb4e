#include "athanor/cli/progress.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

using namespace std::chrono_literals;

/// A progress line that writes into a list.
struct Recorded {
  explicit Recorded(bool terminal)
      : line([this](std::string_view text) { texts.emplace_back(text); },
             ProgressLine::Style{terminal, 80}) {}

  std::vector<std::string> texts;
  ProgressLine line;
};

TEST(Progress, BarIsFilledByTheFraction) {
  EXPECT_EQ(render({"train", 0.5, "epoch 2/4"}, 80),
            "train     [############------------]  50 %  epoch 2/4");
}

TEST(Progress, FractionsOutsideZeroAndOneAreBounded) {
  EXPECT_EQ(render({"train", 1.7, ""}, 80), "train     [########################] 100 %  ");
  EXPECT_EQ(render({"train", -1.0, ""}, 80), "train     [------------------------]   0 %  ");
}

TEST(Progress, WithoutAFractionThereIsNoBar) {
  EXPECT_EQ(render({"upload", {}, "3 MB"}, 80), "upload    3 MB");
}

TEST(Progress, LinesAreCutToTheTerminal) {
  EXPECT_EQ(render({"train", 0.5, "epoch 2/4"}, 14), "train     [###");
}

TEST(Progress, BytesHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(12'345'678), "12.3 MB");
  EXPECT_EQ(format_bytes(999'700), "1 MB");
}

TEST(ProgressLine, TerminalIsRedrawnTenTimesASecondAtMost) {
  Recorded recorded(true);
  const auto start = ProgressLine::Clock::time_point{};
  for (int step = 0; step < 100; ++step) {
    recorded.line.update({"train", 0.01 * step, ""}, step, start + step * 10ms);
  }

  EXPECT_EQ(recorded.texts.size(), 10U);
}

TEST(ProgressLine, TerminalLineIsErasedBeforeTheLastOne) {
  Recorded recorded(true);
  recorded.line.update({"train", 0.5, ""}, 0, {});
  recorded.line.finish("train     Done");

  ASSERT_EQ(recorded.texts.size(), 3U);
  EXPECT_EQ(recorded.texts[1], "\r\x1b[K");
  EXPECT_EQ(recorded.texts[2], "train     Done\n");
}

TEST(ProgressLine, PipesGetOnePlainLinePerMilestone) {
  Recorded recorded(false);
  for (int step = 0; step < 10; ++step) {
    recorded.line.update({"train", 0.1 * step, "epoch " + std::to_string(step / 5)}, step / 5, {});
  }

  EXPECT_EQ(recorded.texts, (std::vector<std::string>{"train: epoch 0\n", "train: epoch 1\n"}));
}

}  // namespace
}  // namespace athanor::cli
