#include "athanor/jobs/result_builder.hpp"

#include <gtest/gtest.h>

namespace athanor::jobs {
namespace {

ResultBuilder built_from(std::initializer_list<const char*> lines) {
  ResultBuilder builder;
  for (const char* line : lines) {
    builder.add(contract::parse_status_line(line).value());
  }
  return builder;
}

TEST(ResultBuilder, HasEveryKeyBeforeTheFirstLine) {
  EXPECT_EQ(ResultBuilder().result(), Json::parse(R"({
    "detailed_status": {"date": "", "time": "", "message": "", "status": ""},
    "graphical": [], "categorical": [], "kpi": [], "stats": [],
    "epoch": null, "cur_epoch": null, "max_epoch": null, "time_per_epoch": null, "eta": null})"));
}

TEST(ResultBuilder, KeepsWhatLaterLinesDoNotSay) {
  const Json result =
      built_from({R"({"date": "5/1/2026", "time": "9:5:1", "status": "RUNNING", "message": "on it",
                      "epoch": 3, "cur_epoch": 3.5, "max_epoch": 9, "time_per_epoch": "0:00:25",
                      "eta": "0:02:30"})",
                  R"({"date": "5/1/2026", "time": "9:6:2", "status": "SUCCESS"})"})
          .result();

  EXPECT_EQ(result["detailed_status"], Json::parse(R"({"date": "5/1/2026", "time": "9:6:2",
    "message": "on it", "status": "SUCCESS"})"));
  EXPECT_EQ(result["epoch"], 3);
  EXPECT_EQ(result["cur_epoch"], 3.5);
  EXPECT_EQ(result["max_epoch"], 9);
  EXPECT_EQ(result["time_per_epoch"], "0:00:25");
  EXPECT_EQ(result["eta"], "0:02:30");
}

TEST(ResultBuilder, OrdersACurveByEpochAndKeepsTheFirstValueOfEach) {
  const Json result =
      built_from({R"({"status": "RUNNING", "epoch": 2, "graphical": {"loss": 0.25}})",
                  R"({"status": "RUNNING", "epoch": 1, "graphical": {"loss": "0.5"}})",
                  R"({"status": "RUNNING", "graphical": {"loss": 9}})"})
          .result();

  EXPECT_EQ(result["graphical"], Json::parse(R"([{"metric": "loss", "x_min": 1, "x_max": 2,
    "y_min": 0, "y_max": 0.5, "values": [0.5, 0.25], "units": null}])"));
}

TEST(ResultBuilder, KeepsAnEpochWhoseValueRepeatsTheOneBefore) {
  const Json result =
      built_from({R"({"status": "RUNNING", "epoch": 1, "graphical": {"accuracy": 1}})",
                  R"({"status": "RUNNING", "epoch": 2, "graphical": {"accuracy": 1}})"})
          .result();

  EXPECT_EQ(result["graphical"][0]["values"], Json::parse("[1.0, 1.0]"));
}

TEST(ResultBuilder, TurnsWhatIsNoFiniteNumberIntoNull) {
  const Json result = built_from({R"({"status": "RUNNING", "epoch": 1, "graphical": {"loss": "nan"},
                      "categorical": {"recall": {"cat": "inf", "dog": 0.5}}})"})
                          .result();

  EXPECT_EQ(result["graphical"][0]["values"], Json::parse("[null]"));
  EXPECT_EQ(result["graphical"][0]["y_max"], 1e10);
  EXPECT_EQ(result["categorical"], Json::parse(R"([{"metric": "recall", "category_wise_values":
    [{"category": "cat", "value": null}, {"category": "dog", "value": 0.5}]}])"));
}

TEST(ResultBuilder, FilesPointsBeforeTheFirstEpochUnderMinusOne) {
  const Json result = built_from({R"({"status": "RUNNING", "graphical": {"loss": 1}})"}).result();

  EXPECT_EQ(result["graphical"][0]["x_min"], -1);
}

TEST(ResultBuilder, TakesAxesFromAValueObject) {
  const Json result = built_from({R"({"status": "RUNNING", "epoch": 1, "graphical":
    {"rate": {"value": 3, "y_max": 10, "units": "img/s"}}})"})
                          .result();

  EXPECT_EQ(result["graphical"], Json::parse(R"([{"metric": "rate", "x_min": 1, "x_max": 1,
    "y_min": 0, "y_max": 10, "values": [3.0], "units": "img/s"}])"));
}

TEST(ResultBuilder, ReplacesAWholeCategoricalMetric) {
  const Json result =
      built_from({R"({"status": "RUNNING", "categorical": {"ap": {"cat": 0.1, "dog": 0.2}}})",
                  R"({"status": "RUNNING", "categorical": {"ap": {"cat": 0.3}}})"})
          .result();

  EXPECT_EQ(result["categorical"], Json::parse(R"([{"metric": "ap", "category_wise_values":
    [{"category": "cat", "value": 0.3}]}])"));
}

TEST(ResultBuilder, GivesTheLatestKpiAndLeavesOutTrainLinesAndNulls) {
  const Json result =
      built_from({R"({"status": "RUNNING", "mode": "train", "kpi": {"train_accuracy": 1}})",
                  R"({"status": "RUNNING", "mode": "eval", "kpi": {"accuracy": 0.5}})",
                  R"({"status": "RUNNING", "kpi": {"accuracy": 0.75}})",
                  R"({"status": "RUNNING", "kpi": {"accuracy": null}})"})
          .result();

  EXPECT_EQ(result["kpi"], Json::parse(R"([{"metric": "accuracy", "value": 0.75}])"));
}

TEST(ResultBuilder, GivesStatsAsText) {
  const Json result =
      built_from({R"({"status": "RUNNING", "stats": {"parameters": 11, "device": "cpu"}})"})
          .result();

  EXPECT_EQ(result["stats"], Json::parse(R"([{"metric": "parameters", "value": "11"},
    {"metric": "device", "value": "cpu"}])"));
}

TEST(FailedResult, KeepsMetricsAndReplacesTheStatus) {
  const Json before =
      built_from({R"({"status": "RUNNING", "message": "on it", "kpi": {"accuracy": 0.5}})"})
          .result();

  const Json result = failed_result(before, "it broke");

  EXPECT_EQ(result["detailed_status"]["status"], "FAILURE");
  EXPECT_EQ(result["detailed_status"]["message"], "it broke");
  EXPECT_NE(result["detailed_status"]["date"], "");
  EXPECT_EQ(result["kpi"], before["kpi"]);
}

TEST(WaitingResult, NamesTheReasonWithoutAStatus) {
  const Json result = waiting_result("no slot");

  EXPECT_EQ(result["detailed_status"]["status"], "");
  EXPECT_EQ(result["detailed_status"]["message"], "no slot");
  EXPECT_TRUE(result.contains("graphical"));
}

}  // namespace
}  // namespace athanor::jobs
