#include "athanor/datasets/line_reader.hpp"

#include "archive_builder.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::datasets {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> lines_of(std::string_view content) {
  const athanor::testing::TempDir folder;
  put_file(folder.path() / "a.txt", content);
  LineReader reader(folder.path() / "a.txt");
  std::vector<std::string> lines;
  while (reader.next()) {
    EXPECT_EQ(reader.number(), lines.size() + 1);
    lines.push_back(reader.line());
  }
  return lines;
}

TEST(LineReader, TakesLineEndsOfAllSystemsAndAByteOrderMarkOff) {
  EXPECT_THAT(lines_of("\xEF\xBB\xBFone\r\ntwo\n\nfour"), ElementsAre("one", "two", "", "four"));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(lines_of("\n"), ElementsAre(""));
}

TEST(LineReader, GivesTheStartOfALongLine) {
  const std::string longest(limits::label_line_bytes, 'x');
  EXPECT_THAT(lines_of(longest + "yz\nnext"), ElementsAre(longest, "next"));
}

TEST(LineReader, SaysWhetherALineWasCut) {
  const athanor::testing::TempDir folder;
  const std::string longest(limits::label_line_bytes, 'x');
  put_file(folder.path() / "a.txt", longest + "\n" + longest + "x\n");
  LineReader reader(folder.path() / "a.txt");
  ASSERT_TRUE(reader.next());
  EXPECT_FALSE(reader.is_cut());
  ASSERT_TRUE(reader.next());
  EXPECT_TRUE(reader.is_cut());
}

TEST(LineReader, AMissingFileHasNoLines) {
  LineReader reader("/no/such/file");
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace athanor::datasets
