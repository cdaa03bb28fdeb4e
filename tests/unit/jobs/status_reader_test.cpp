#include "athanor/jobs/status_reader.hpp"

#include <fstream>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::jobs {
namespace {

class StatusReaderTest : public ::testing::Test {
 protected:
  void append(const std::string& bytes) {
    std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
  }

  std::vector<std::string> messages() {
    std::vector<std::string> messages;
    for (const auto& line : reader.read()) {
      messages.push_back(line.message);
    }
    return messages;
  }

  static std::string line(const std::string& message) {
    return R"({"status": "RUNNING", "message": ")" + message + "\"}\n";
  }

  using Messages = std::vector<std::string>;

  testing::TempDir folder;
  std::filesystem::path path = folder.path() / "status.json";
  StatusReader reader{path};
};

TEST_F(StatusReaderTest, WaitsForTheFileToCome) {
  EXPECT_EQ(messages(), Messages{});

  append(line("one"));

  EXPECT_EQ(messages(), Messages{"one"});
}

TEST_F(StatusReaderTest, GivesEveryLineOnce) {
  append(line("one") + line("two"));
  EXPECT_EQ(messages(), (Messages{"one", "two"}));

  append(line("three"));

  EXPECT_EQ(messages(), Messages{"three"});
  EXPECT_EQ(messages(), Messages{});
}

TEST_F(StatusReaderTest, KeepsAnIncompleteLineUntilItIsComplete) {
  const std::string whole = line("split");
  for (const char byte : whole.substr(0, whole.size() - 1)) {
    append({byte});
    ASSERT_EQ(messages(), Messages{});
  }

  append("\n");

  EXPECT_EQ(messages(), Messages{"split"});
}

TEST_F(StatusReaderTest, SkipsBadLinesForGood) {
  append("nonsense\n" + line("one") + "{\"status\": \"DANCING\"}\n\n[1]\n\xff\xfe\n" + line("two"));

  EXPECT_EQ(messages(), (Messages{"one", "two"}));
  EXPECT_EQ(messages(), Messages{});
}

TEST_F(StatusReaderTest, SkipsALineOverTheLimitAndGoesOn) {
  append(line(std::string(limits::status_line_bytes, 'x')) + line("after"));

  EXPECT_EQ(messages(), Messages{"after"});
}

TEST_F(StatusReaderTest, ReadsALineUpToTheLimit) {
  const std::string longest(limits::status_line_bytes - line("").size() + 1, 'x');
  append(line(longest));

  EXPECT_EQ(messages(), Messages{longest});
}

}  // namespace
}  // namespace athanor::jobs
