#include "athanor/jobs/log_reader.hpp"

#include <array>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::jobs {
namespace {

class LogReaderTest : public ::testing::Test {
 protected:
  void write(const std::string& text) { ASSERT_TRUE(write_file_atomic(file(), text)); }

  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "log.txt"; }

  std::string read(std::uint64_t offset, std::size_t max_bytes = 100) {
    return read_log(file(), offset, max_bytes).value().text;
  }

  std::uint64_t tail(std::uint64_t lines) { return offset_of_last_lines(file(), lines).value(); }

 private:
  testing::TempDir folder_;
};

TEST_F(LogReaderTest, MissingLogReadsAsEmpty) {
  EXPECT_EQ(read(0), "");
  EXPECT_EQ(read_log(file(), 0, 10).value().size, 0U);
  EXPECT_EQ(tail(5), 0U);
}

TEST_F(LogReaderTest, GivesWholeLinesOnly) {
  write("one\ntwo\nthr");

  EXPECT_EQ(read(0), "one\ntwo\n");
  EXPECT_EQ(read(4), "two\n");
  EXPECT_EQ(read(8), "");
  EXPECT_EQ(read(100), "");
}

TEST_F(LogReaderTest, CutsBetweenLinesWhereTheyAreMany) {
  write("one\ntwo\nthree\n");

  EXPECT_EQ(read(0, 10), "one\ntwo\n");
}

TEST_F(LogReaderTest, GivesLongLinesInParts) {
  write("0123456789abc\n");

  EXPECT_EQ(read(0, 10), "0123456789");
  EXPECT_EQ(read(10, 10), "abc\n");
}

TEST_F(LogReaderTest, PartsSplitNoCharacter) {
  write("12345678€\n");  // The euro sign has three bytes.

  EXPECT_EQ(read(0, 10), "12345678");
  EXPECT_EQ(read(8, 3), "€");
}

TEST_F(LogReaderTest, BytesThatAreNoTextArePassedOn) {
  write("\x80\x80\x80\x80\x80\x80");

  EXPECT_EQ(read(0, 5), "\x80\x80\x80\x80\x80");
}

TEST_F(LogReaderTest, FindsTheLastLines) {
  write("one\ntwo\nthree\n");

  EXPECT_EQ(tail(0), 14U);
  EXPECT_EQ(tail(1), 8U);
  EXPECT_EQ(tail(2), 4U);
  EXPECT_EQ(tail(3), 0U);
  EXPECT_EQ(tail(99), 0U);
}

TEST_F(LogReaderTest, AnUnfinishedLineCountsAsOne) {
  write("one\ntwo");

  EXPECT_EQ(tail(1), 4U);
}

TEST_F(LogReaderTest, FindsTheLastLinesOverManyBlocks) {
  std::string text = "first\n";
  while (text.size() < 300'000) {
    text += std::string(99'999, 'x') + "\n";
  }
  write(text);

  EXPECT_EQ(tail(3), 6U);
  EXPECT_EQ(tail(1), text.size() - 100'000);
}

TEST_F(LogReaderTest, ReadsBytesWhereverTheyLie) {
  write("one\ntwo\n");
  std::array<char, 5> buffer{};

  EXPECT_EQ(read_bytes(file(), 2, buffer).value(), 5U);
  EXPECT_EQ(std::string(buffer.data(), 5), "e\ntwo");
  EXPECT_EQ(read_bytes(file(), 8, buffer).value(), 0U);
}

}  // namespace
}  // namespace athanor::jobs
