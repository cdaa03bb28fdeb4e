#include "athanor/jobs/inspections.hpp"

#include "support/temp_dir.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::jobs {
namespace {

using ::testing::HasSubstr;

/// Runs shell scripts as `athanor-worker inspect FOLDER OUTPUT`.
class InspectionsTest : public ::testing::Test {
 protected:
  ~InspectionsTest() override {
    boost::asio::co_spawn(io_, inspections_.stop(), boost::asio::detached);
    run();
  }

  void use(const std::string& script) {
    const auto program = folder_.path() / "worker";
    ASSERT_TRUE(write_file_atomic(program, "#!/bin/sh\n" + script + "\n"));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }

  void ask(const std::string& data) {
    std::filesystem::create_directories(folder_.path() / data);
    inspections_.request(data);
    io_.restart();
    io_.poll();
  }

  void run() {
    io_.restart();
    io_.run();
  }

  std::string state(const std::string& data) {
    return inspections_.find(data).value().at("state").get<std::string>();
  }

  testing::TempDir folder_;
  boost::asio::io_context io_;
  BlockingPool pool_{1};
  Inspections inspections_{{folder_.path() / "worker", folder_.path()}, io_.get_executor(), pool_};
};

TEST_F(InspectionsTest, AreCompleteWithWhatTheProgramWrote) {
  use("test \"$1\" = inspect && echo \"{\\\"root\\\": \\\"$2\\\"}\" > \"$3\"");
  ask("datasets/a/data-1");
  EXPECT_NE(state("datasets/a/data-1"), "complete");
  run();
  const auto found = inspections_.find("datasets/a/data-1").value();
  EXPECT_EQ(found.at("state"), "complete");
  EXPECT_EQ(found.at("root"), (folder_.path() / "datasets/a/data-1").string());
}

TEST_F(InspectionsTest, TellHowTheProgramFailed) {
  use("exit 7");
  ask("datasets/a/data-1");
  run();
  const auto found = inspections_.find("datasets/a/data-1").value();
  EXPECT_EQ(found.at("state"), "failed");
  EXPECT_THAT(found.at("message").get<std::string>(), HasSubstr("code 7"));
}

TEST_F(InspectionsTest, TellThatThereIsNoProgram) {
  ask("datasets/a/data-1");
  run();
  EXPECT_EQ(state("datasets/a/data-1"), "failed");
}

TEST_F(InspectionsTest, OfFormerDataAreGivenUp) {
  use("case $2 in *data-1) sleep 1000;; *) echo '{}' > \"$3\";; esac");
  ask("datasets/a/data-1");
  ask("datasets/b/data-5");
  ask("datasets/a/data-2");
  run();  // Would not end while the first one sleeps.
  EXPECT_EQ(state("datasets/a/data-2"), "complete");
  EXPECT_EQ(state("datasets/b/data-5"), "complete");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / inspection_name("datasets/a/data-1")));
}

TEST_F(InspectionsTest, ThatFailedAreForgottenWithTheirData) {
  use("exit 7");
  ask("datasets/a/data-1");
  ask("datasets/b/data-1");
  run();
  ASSERT_EQ(state("datasets/a/data-1"), "failed");
  ask("datasets/a/data-2");
  run();
  EXPECT_EQ(state("datasets/a/data-1"), "waiting");  // As of any data that nothing is known of.
  EXPECT_EQ(state("datasets/a/data-2"), "failed");
  EXPECT_EQ(state("datasets/b/data-1"), "failed");
}

TEST_F(InspectionsTest, OfRemovedDataAreGivenUp) {
  use("case $2 in */a/*) sleep 1000;; *) exit 7;; esac");
  ask("datasets/a/data-1");
  ask("datasets/b/data-1");
  inspections_.give_up("datasets/a/data-1");
  run();  // Would not end while the first one sleeps.
  EXPECT_EQ(state("datasets/a/data-1"), "waiting");
  EXPECT_EQ(state("datasets/b/data-1"), "failed");
  inspections_.give_up("datasets/b/data-1");
  run();
  EXPECT_EQ(state("datasets/b/data-1"), "waiting");
}

TEST_F(InspectionsTest, WaitForOneAnother) {
  use("sleep 1000");
  ask("datasets/a/data-1");
  ask("datasets/b/data-1");
  EXPECT_EQ(state("datasets/b/data-1"), "waiting");
}

TEST_F(InspectionsTest, EndWithTheServer) {
  use("sleep 1000");
  ask("datasets/a/data-1");
  boost::asio::co_spawn(io_, inspections_.stop(), boost::asio::detached);
  run();
  EXPECT_EQ(state("datasets/a/data-1"), "waiting");  // As the next server will find it.
}

}  // namespace
}  // namespace athanor::jobs
