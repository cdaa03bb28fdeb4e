#include "athanor/data/label_table.hpp"

#include <fstream>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::data {

namespace {

using athanor::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A dataset with the pictures a.jpg and b.jpg and a table.
class LabelTableFile : public ::testing::Test {
 protected:
  LabelTableFile() {
    const auto pictures = dir_.path() / "images_train";
    std::filesystem::create_directories(pictures);
    for (const auto* name : {"a.jpg", "b.jpg"}) {
      std::ofstream(pictures / name) << "x";
    }
    std::ofstream(dir_.path() / "secret.jpg") << "x";
  }

  Result<LabelTable> read(std::string_view text) {
    std::ofstream(dir_.path() / "train.csv") << text;
    return read_label_table(dir_.path(), "train.csv");
  }

  std::string refusal(std::string_view text) {
    const auto table = read(text);
    return table ? "" : table.error().message;
  }

 private:
  TempDir dir_;
};

}  // namespace

TEST_F(LabelTableFile, HasAPictureAndItsLabelsInEveryRow) {
  const auto table = read("fname,color,size\na.jpg,red,big\nb.jpg,,small\n");

  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(table->columns, ElementsAre("color", "size"));
  ASSERT_EQ(table->rows.size(), 2U);
  EXPECT_EQ(table->rows[0].picture.filename(), "a.jpg");
  EXPECT_THAT(table->rows[1].values, ElementsAre("", "small"));
  EXPECT_EQ(table->place_of(table->rows[1]), "train.csv:3");
}

TEST_F(LabelTableFile, ReadsWhatSpreadsheetsWrite) {
  const auto table = read(
      "\xef\xbb\xbf"
      "fname,color\r\n\r\na.jpg,\"red, dark\"\r\n");

  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(table->rows[0].values, ElementsAre("red, dark"));
}

TEST_F(LabelTableFile, ListsTheLabelsOfAColumnOnceEach) {
  const auto table = read("fname,color\na.jpg,red\nb.jpg,blue\na.jpg,red\nb.jpg,\n");

  EXPECT_THAT(table->labels_of(0), ElementsAre("blue", "red"));
}

TEST_F(LabelTableFile, NamesTheColumnsWhereOneIsUnknown) {
  const auto column = read("fname,color,size\na.jpg,red,big\n")->column("colour");

  EXPECT_THAT(column.error().message,
              AllOf(HasSubstr("train.csv"), HasSubstr("colour"), HasSubstr("color, size")));
}

TEST_F(LabelTableFile, NamesARowWithoutItsPicture) {
  EXPECT_THAT(refusal("fname,color\na.jpg,red\nc.jpg,red\n"),
              AllOf(HasSubstr("train.csv:3"), HasSubstr("images_train/c.jpg")));
}

TEST_F(LabelTableFile, NamesARowWhosePictureNoFileCanBe) {
  using namespace std::string_literals;
  EXPECT_THAT(refusal("fname,color\n" + std::string(5000, 'a') + ",red\n"),
              HasSubstr("train.csv:2"));
  EXPECT_THAT(refusal("fname,color\na.jpg\0.exe,red\n"s), HasSubstr("train.csv:2"));
}

TEST_F(LabelTableFile, NeverLeavesTheFolderOfPictures) {
  EXPECT_THAT(refusal("fname,color\n../secret.jpg,red\n"), HasSubstr("train.csv:2"));
  EXPECT_THAT(refusal("fname,color\n/etc/passwd,red\n"), HasSubstr("train.csv:2"));
}

TEST_F(LabelTableFile, NamesRowsThatDoNotFitTheHeader) {
  EXPECT_THAT(refusal("fname,color\na.jpg\n"), HasSubstr("train.csv:2: it has 1 fields"));
  EXPECT_THAT(refusal("fname,color\n\"a.jpg,red\n"), HasSubstr("train.csv:2: its quotes"));
  EXPECT_THAT(refusal("fname,color,color\na.jpg,red,red\n"), HasSubstr("train.csv:1"));
  EXPECT_THAT(refusal("fname\na.jpg\n"), HasSubstr("names no label"));
}

TEST_F(LabelTableFile, WantsRows) {
  EXPECT_THAT(refusal("fname,color\n"), HasSubstr("no rows"));
  EXPECT_THAT(refusal(""), HasSubstr("no rows"));
}

TEST(ReadLabelTable, NamesTheFileThatIsMissing) {
  const TempDir dir;
  std::filesystem::create_directories(dir.path() / "images_val");

  EXPECT_THAT(read_label_table(dir.path(), "val.csv").error().message, HasSubstr("val.csv"));
}

}  // namespace athanor::data
