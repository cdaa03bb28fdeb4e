#include "athanor/contract/status_line.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::contract {
namespace {

TEST(StatusLine, SurvivesTheWayThroughItsText) {
  StatusLine line;
  stamp(line, std::chrono::system_clock::time_point(std::chrono::seconds(1'682'944'496)));
  line.message = "epoch done";
  line.epoch = 3;
  line.cur_epoch = 3.5;
  line.max_epoch = 10;
  line.time_per_epoch = "0:00:25.118000";
  line.eta = "0:02:55";
  line.mode = "train";
  line.graphical = {{"loss", 0.25}};
  line.categorical = {{"precision", {{"cat", 0.5}}}};
  line.kpi = {{"accuracy", 0.75}};
  line.stats = {{"device", "cpu"}};
  const auto read = parse_status_line(to_text(line));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_text(*read), to_text(line));
}

TEST(StatusLine, IsOneLineWithoutWhatIsEmpty) {
  StatusLine line;
  line.status = WorkerStatus::started;
  line.message = "two\nlines";
  const auto text = to_text(line);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.find("kpi"), std::string::npos);
  EXPECT_EQ(text.find("epoch"), std::string::npos);
}

/// Recall of so many classes.
Json recall_of(std::size_t classes) {
  Json by_class = object_with_room_for(classes);
  for (std::size_t i = 0; i < classes; ++i) {
    append_member(by_class, "class " + std::to_string(i), 0.5);
  }
  return {{"recall", std::move(by_class)}};
}

TEST(FitIntoLimit, TakesAwayWhatIsToldOfTooManyClasses) {
  StatusLine line;
  line.status = WorkerStatus::success;
  line.kpi = {{"accuracy", 0.75}};
  line.categorical = recall_of(100'000);

  EXPECT_TRUE(fit_into_limit(line));

  stamp(line, std::chrono::system_clock::now());
  EXPECT_LE(to_text(line).size(), limits::status_line_bytes);
  EXPECT_EQ(line.kpi.at("accuracy"), 0.75);
}

TEST(FitIntoLimit, LeavesALineThatIsShortEnough) {
  StatusLine line;
  line.categorical = recall_of(1000);

  EXPECT_FALSE(fit_into_limit(line));

  EXPECT_EQ(line.categorical, recall_of(1000));
}

TEST(StatusLine, HasTheDateAndTimeUnpadded) {
  StatusLine line;
  stamp(line, std::chrono::system_clock::time_point(std::chrono::seconds(1'680'339'906)));
  EXPECT_EQ(line.date, "4/1/2023");
  EXPECT_EQ(line.time, "9:5:6");
}

TEST(StatusLine, ReadsNumericStringsAsNumbers) {
  const auto line = parse_status_line(
      R"({"status": "RUNNING", "epoch": "4", "cur_epoch": "4.25", "max_epoch": 10.0})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->epoch, 4);
  EXPECT_EQ(line->cur_epoch, 4.25);
  EXPECT_EQ(line->max_epoch, 10);
}

TEST(StatusLine, IgnoresFieldsOfAWrongType) {
  const auto line = parse_status_line(
      R"({"status": "RUNNING", "epoch": {}, "cur_epoch": "inf", "kpi": [1], "eta": 5})");
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->epoch);
  EXPECT_FALSE(line->cur_epoch);
  EXPECT_FALSE(line->eta);
  EXPECT_TRUE(line->kpi.empty());
}

TEST(StatusLine, NeedsAKnownStatus) {
  EXPECT_FALSE(parse_status_line(R"({"message": "x"})"));
  EXPECT_FALSE(parse_status_line(R"({"status": "EXPLODED"})"));
  EXPECT_FALSE(parse_status_line(R"(["RUNNING"])"));
}

TEST(StatusLine, OfHalfALineIsRefused) {
  EXPECT_FALSE(parse_status_line(R"({"status": "RUNNING", "mess)"));
}

TEST(StatusLine, KnowsEveryStatusByName) {
  for (const auto status : {WorkerStatus::started,
                            WorkerStatus::running,
                            WorkerStatus::success,
                            WorkerStatus::failure,
                            WorkerStatus::skipped}) {
    const Json json = {{"status", name_of(status)}};
    const auto line = parse_status_line(athanor::to_text(json));
    ASSERT_TRUE(line);
    EXPECT_EQ(line->status, status);
  }
}

TEST(MetricNumber, ReadsFiniteNumbersInEveryForm) {
  EXPECT_EQ(metric_number(0.5), 0.5);
  EXPECT_EQ(metric_number("0.5"), 0.5);
}

TEST(MetricNumber, IsNoneForTheRest) {
  EXPECT_FALSE(metric_number("nan"));
  EXPECT_FALSE(metric_number("0.5 %"));
  EXPECT_FALSE(metric_number(nullptr));
}

}  // namespace
}  // namespace athanor::contract
