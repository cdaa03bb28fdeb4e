#include "athanor/datasets/name_check.hpp"

#include "archive_builder.hpp"
#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace athanor::datasets {
namespace {

class NameCheckTest : public ::testing::Test {
 protected:
  void put(const std::string& name) { put_file(folder_.path() / name); }

  std::string verdict() {
    const auto checked = check_names_below(folder_.path());
    return checked ? "fine" : checked.error().message;
  }

  athanor::testing::TempDir folder_;
};

TEST_F(NameCheckTest, NamesThatDifferAreFine) {
  for (const auto* name : {"a/1.jpg", "a/2.jpg", "b/1.jpg", "1.jpg"}) {
    put(name);
  }
  EXPECT_EQ(verdict(), "fine");
}

TEST_F(NameCheckTest, NamesAreComparedWithinTheirFolderAlone) {
  for (const auto* name : {"a/x.jpg", "b/X.jpg", "X.JPG", "c/a"}) {
    put(name);
  }
  EXPECT_EQ(verdict(), "fine");
}

TEST_F(NameCheckTest, FilesMayNotDifferByCaseAlone) {
  put("a/b/x.jpg");
  put("a/b/X.jpg");
  EXPECT_EQ(verdict(),
            "\"X.jpg\" and \"x.jpg\" in \"a/b\" differ by case or Unicode form alone; rename one");
}

TEST_F(NameCheckTest, FoldersMayDifferByCaseAndNotByFormAlone) {
  put("images/A/1.jpg");
  put("images/a/1.jpg");
  EXPECT_EQ(verdict(), "fine");
  put("K\u00e4se/1.jpg");
  put("Ka\u0308se/1.jpg");
  EXPECT_NE(verdict().find("at the root differ"), std::string::npos) << verdict();
}

TEST_F(NameCheckTest, AFileMayNotDifferFromAFolderByCaseAlone) {
  put("a/1.jpg");
  put("b/1.jpg");
  put("A");
  EXPECT_EQ(verdict(),
            "\"A\" and \"a\" at the root differ by case or Unicode form alone; rename one");
}

TEST_F(NameCheckTest, FindsOnePairAmongThousands) {
  for (int i = 0; i < 3000; ++i) {
    put(fmt::format("images/{:05}.jpg", i));
  }
  EXPECT_EQ(verdict(), "fine");
  put("images/01234.JPG");
  EXPECT_NE(verdict().find("01234.JPG"), std::string::npos) << verdict();
}

}  // namespace
}  // namespace athanor::datasets
