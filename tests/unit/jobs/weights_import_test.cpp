#include "athanor/jobs/weights_import.hpp"

#include "support/run_coroutine.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::jobs {

namespace {

using ::testing::HasSubstr;

/// Runs shell scripts as `athanor-worker import FILE BACKBONE FOLDER`.
class WeightsImportTest : public ::testing::Test {
 protected:
  Result<Json> run(const std::string& script) {
    const auto program = folder_.path() / "worker";
    EXPECT_TRUE(write_file_atomic(program, "#!/bin/sh\n" + script + "\n"));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    BlockingPool pool(1);
    WeightsImport import(program, pool);
    return testing::run_coroutine(import.run("/some/file", "resnet18", folder_.path()));
  }

  testing::TempDir folder_;
};

TEST_F(WeightsImportTest, GivesWhatTheProgramWrote) {
  const auto manifest =
      run("echo \"{\\\"arguments\\\": \\\"$1 $2 $3\\\"}\" > $4/manifest.json; echo some words");
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->at("arguments"), "import /some/file resnet18");
}

TEST_F(WeightsImportTest, RefusesInTheWordsOfTheProgram) {
  const auto refused = run("echo a warning >&2; echo it holds a cat >&2; exit 1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(refused.error().message, "it holds a cat");
}

TEST_F(WeightsImportTest, SaysHowTheProgramBroke) {
  EXPECT_THAT(run("kill -SEGV $$").error().message, HasSubstr("signal 11"));
  EXPECT_THAT(run("exit 9").error().message, HasSubstr("code 9"));
}

TEST_F(WeightsImportTest, SaysThatThereIsNoProgram) {
  BlockingPool pool(1);
  WeightsImport import(folder_.path() / "nothing", pool);
  const auto refused = testing::run_coroutine(import.run("/some/file", "resnet18", folder_.path()));
  EXPECT_THAT(refused.error().message, HasSubstr("cannot start"));
}

}  // namespace

}  // namespace athanor::jobs
