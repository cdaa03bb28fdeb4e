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

// 6.5: numeric strings, with the blanks and signs that Python's float() takes.
TEST(ResultBuilder, ReadsNumericStringsWhereverThereAreNumbers) {
  const Json result =
      built_from({R"({"status": "RUNNING", "epoch": "2", "max_epoch": "5", "cur_epoch": "2.5",
                      "graphical": {"loss": " 0.5"}, "kpi": {"map": "+0.25"},
                      "categorical": {"ap": {"cat": "1e-1 "}}})"})
          .result();

  EXPECT_EQ(result["epoch"], 2);
  EXPECT_EQ(result["max_epoch"], 5);
  EXPECT_EQ(result["cur_epoch"], 2.5);
  EXPECT_EQ(result["graphical"][0]["values"], Json::parse("[0.5]"));
  EXPECT_EQ(result["kpi"][0]["value"], 0.25);
  EXPECT_EQ(result["categorical"][0]["category_wise_values"][0]["value"], 0.1);
}

// 6.5: "a line whose graphical object equals an earlier one is skipped" holds within an epoch; for
// a later epoch section 12 rules: one value an epoch.
TEST(ResultBuilder, SkipsARepeatedGraphicalObjectWithinAnEpoch) {
  const Json result =
      built_from({R"({"status": "RUNNING", "epoch": 1, "graphical": {"loss": 0.5}})",
                  R"({"status": "RUNNING", "graphical": {"loss": 0.5}})",
                  R"({"status": "RUNNING", "epoch": 2, "graphical": {"loss": 0.5}})"})
          .result();

  EXPECT_EQ(result["graphical"][0]["values"], Json::parse("[0.5, 0.5]"));
}

// 6.5: detailed_status has what was seen last.
TEST(ResultBuilder, KeepsDateAndTimeThatALineDoesNotGive) {
  const Json result =
      built_from({R"({"date": "5/1/2026", "time": "9:5:1", "status": "STARTED", "message": "a"})",
                  R"({"status": "RUNNING"})"})
          .result();

  EXPECT_EQ(result["detailed_status"], Json::parse(R"({"date": "5/1/2026", "time": "9:5:1",
    "message": "a", "status": "RUNNING"})"));
}

// 6.5: time_per_epoch and eta are the text of Python's timedelta, days included.
TEST(ResultBuilder, PassesDurationsOfDaysThrough) {
  const Json result = built_from({R"({"status": "RUNNING", "time_per_epoch": "0:00:25.118000",
                                      "eta": "1 day, 2:03:04"})"})
                          .result();

  EXPECT_EQ(result["time_per_epoch"], "0:00:25.118000");
  EXPECT_EQ(result["eta"], "1 day, 2:03:04");
}

// 6.5: null, not a number that JSON lacks, wherever a number may stand.
TEST(ResultBuilder, LeavesKpiThatAreNoNumbersOut) {
  const Json result =
      built_from({R"({"status": "RUNNING", "kpi": {"a": "nan", "b": "-inf", "c": 1}})"}).result();

  EXPECT_EQ(result["kpi"], Json::parse(R"([{"metric": "c", "value": 1.0}])"));
}

TEST(ResultBuilder, JoinsTheEpochsOfAResumedTraining) {
  const Json result =
      built_from({R"({"status": "RUNNING", "epoch": 1, "graphical": {"loss": 4}})",
                  R"({"status": "RUNNING", "epoch": 2, "graphical": {"loss": 3}})",
                  R"({"status": "FAILURE", "message": "stopped"})",
                  R"({"status": "STARTED", "message": "Attempt 2 begins"})",
                  R"({"status": "STARTED", "epoch": 1, "message": "Going on after 1 epochs"})",
                  R"({"status": "RUNNING", "epoch": 2, "graphical": {"loss": 2}})"})
          .result();

  EXPECT_EQ(result["graphical"][0]["values"], Json::parse("[4.0, 2.0]"));
  EXPECT_EQ(result["epoch"], 2);
}

TEST(ResultBuilder, ForgetsTheCurvesOfATrainingThatStartsAgain) {
  const Json result =
      built_from({R"({"status": "RUNNING", "epoch": 1, "graphical": {"loss": 4}})",
                  R"({"status": "STARTED", "epoch": 0, "message": "from the first epoch"})"})
          .result();

  EXPECT_EQ(result["graphical"], Json::array());
  EXPECT_EQ(result["epoch"], 0);
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
  const Json result = waiting_result(Json::object(), "no slot");

  EXPECT_EQ(result["detailed_status"]["status"], "");
  EXPECT_EQ(result["detailed_status"]["message"], "no slot");
  EXPECT_TRUE(result.contains("graphical"));
}

}  // namespace
}  // namespace athanor::jobs
