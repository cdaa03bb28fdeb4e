#include "athanor/runner/run_job.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/contract/status_line.hpp"
#include "athanor/core/files.hpp"

namespace athanor::runner {

namespace {

using athanor::testing::TempDir;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  ExitCode code = ExitCode::success;
  std::vector<std::string> log;
};

Outcome run_in(const std::filesystem::path& directory) {
  Outcome outcome;
  outcome.code = run_job(
      directory, {}, {}, [&outcome](std::string_view line) { outcome.log.emplace_back(line); });
  return outcome;
}

std::vector<contract::StatusLine> status_of(const std::filesystem::path& directory) {
  std::vector<contract::StatusLine> lines;
  std::ifstream file(directory / contract::status_file);
  for (std::string text; std::getline(file, text);) {
    lines.push_back(contract::parse_status_line(text).value());
  }
  return lines;
}

contract::JobRequest unknown_network() {
  contract::JobRequest request;
  request.job_id = "job";
  request.network = "no_such_network";
  request.action = "train";
  request.ignored_parameters = {"use_amp"};
  return request;
}

}  // namespace

TEST(RunJob, WithoutJobFileTouchesNothing) {
  const TempDir dir;

  const auto outcome = run_in(dir.path());

  EXPECT_EQ(outcome.code, ExitCode::no_job);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  EXPECT_THAT(outcome.log, Contains(HasSubstr("job.json")));
}

TEST(RunJob, EndsWithAFailureLineThatSaysWhy) {
  const TempDir dir;
  ASSERT_TRUE(contract::write_job_request(dir.path(), unknown_network()));

  const auto outcome = run_in(dir.path());

  EXPECT_EQ(outcome.code, ExitCode::failure);
  const auto lines = status_of(dir.path());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].status, contract::WorkerStatus::started);
  EXPECT_EQ(lines[1].status, contract::WorkerStatus::failure);
  EXPECT_THAT(lines[1].message, HasSubstr("no_such_network"));
}

TEST(RunJob, NamesAFileThatFailsWithoutThePathOfTheServer) {
  const TempDir dir;
  ASSERT_TRUE(contract::write_job_request(dir.path(), unknown_network()));
  std::ofstream(dir.path() / contract::artifacts_folder) << "no folder";

  const auto outcome = run_in(dir.path());

  EXPECT_EQ(outcome.code, ExitCode::failure);
  const auto message = status_of(dir.path()).back().message;
  EXPECT_THAT(message, HasSubstr("cannot use artifacts: "));
  EXPECT_THAT(message, Not(HasSubstr(dir.path().string())));
}

TEST(RunJob, WarnsOfParametersWithoutEffect) {
  const TempDir dir;
  ASSERT_TRUE(contract::write_job_request(dir.path(), unknown_network()));

  EXPECT_THAT(run_in(dir.path()).log, Contains(HasSubstr("use_amp")));
}

}  // namespace athanor::runner
