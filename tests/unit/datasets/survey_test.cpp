#include "athanor/datasets/survey.hpp"

#include <algorithm>

#include "archive_builder.hpp"
#include "support/paths.hpp"
#include "support/picture_bytes.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/intake.hpp"

namespace athanor::datasets {
namespace {

using athanor::testing::small_jpeg;
using athanor::testing::small_png;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kitti_line =
    "car 0.00 0 0.00 10.00 20.00 30.00 40.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00";

class SurveyTest : public ::testing::Test {
 protected:
  void put(const std::string& name, std::string_view content) {
    put_file(root_.path() / name, content);
  }

  Survey result(const std::string& type, const std::string& format) {
    auto result = survey(root_.path(), type, format);
    EXPECT_TRUE(result) << result.error().message;
    return std::move(*result);
  }

  /// "kind file" or "kind file:line" of every fault.
  std::vector<std::string> faults(const std::string& type, const std::string& format) {
    std::vector<std::string> faults;
    const auto survey = result(type, format);
    for (const auto& fault : survey.findings.listed()) {
      EXPECT_NE(fault.message, "");
      EXPECT_NE(fault.mend, "");
      faults.push_back(fault.kind + " " + fault.file +
                       (fault.line ? ":" + std::to_string(*fault.line) : ""));
    }
    return faults;
  }

  athanor::testing::TempDir root_;
};

TEST_F(SurveyTest, CountsFilesBytesSplitsClassesFormatsAndSizes) {
  put("images_train/cat/1.png", small_png(3, 2));
  put("images_train/cat/2.png", small_png(3, 2));
  put("images_train/dog/1.jpg", small_jpeg(8, 6));
  put("classes.txt", "cat\ndog\n");
  const auto found = result("image_classification", "default");
  EXPECT_EQ(found.files, 4U);
  EXPECT_EQ(found.pictures, 3U);
  EXPECT_EQ(found.bytes, 2 * small_png().size() + small_jpeg(8, 6).size() + 8);
  EXPECT_EQ(to_text(found.findings.counts("splits")), R"({"images_train":3})");
  EXPECT_EQ(to_text(found.findings.counts("classes")), R"({"cat":2,"dog":1})");
  EXPECT_EQ(to_text(found.findings.counts("picture_formats")), R"({"jpeg":1,"png":2})");
  EXPECT_EQ(to_text(found.findings.counts("picture_sizes")), R"({"3x2":2,"8x6":1})");
  EXPECT_EQ(found.findings.faults(), 0U);
  EXPECT_EQ(summary_of(found), "4 files, 3 of them pictures");
}

TEST_F(SurveyTest, ReadsHeadersThatLieBehindTheStartOfTheFile) {
  put("images/notes.jpg", small_jpeg(8, 6, 40'000));
  put("images/cut.jpg", small_jpeg(8, 6, 40'000).substr(0, 40'019));
  put("images/edge.jpg", small_jpeg(9, 6, 4'085));  // The frame's header begins before 4 KiB.
  EXPECT_THAT(faults("object_detection", "raw"), UnorderedElementsAre("cut_short images/cut.jpg"));
  EXPECT_EQ(to_text(result("object_detection", "raw").findings.counts("picture_sizes")),
            R"({"8x6":2,"9x6":1})");
}

TEST_F(SurveyTest, FindsFaultyPicturesByTheirBytes) {
  put("images/fine.png", small_png());
  put("images/empty.png", "");
  put("images/page.jpg", "<html>");
  put("images/cut.png", small_png().substr(0, 40));
  put("images/other.jpg", small_png());
  put("images/flat.png", small_png(0, 5));
  put("images/huge.png", small_png(100'001, 1'000));
  EXPECT_THAT(faults("object_detection", "raw"),
              UnorderedElementsAre("empty_file images/empty.png",
                                   "not_a_picture images/page.jpg",
                                   "cut_short images/cut.png",
                                   "other_extension images/other.jpg",
                                   "no_size images/flat.png",
                                   "too_large images/huge.png"));
  EXPECT_THAT(summary_of(result("object_detection", "raw")), HasSubstr("6 warnings, the first: "));
}

TEST_F(SurveyTest, ReadsKittiLabelsLineByLine) {
  put("images/a.png", small_png());
  put("images/b.png", small_png());
  const std::string line(kitti_line);
  put("labels/a.txt", line + "\n" + line + " 0.9\n\ncar 0 0 0 1 2\n" + line + "\n");
  put("labels/c.txt", "car 0.00 0 zero 10 20 30 40 0 0 0 0 0 0 0\n" + line + " 0.9 1\n");
  const auto found = result("object_detection", "kitti");
  EXPECT_EQ(to_text(found.findings.counts("objects")), R"({"car":3})");
  EXPECT_THAT(faults("object_detection", "kitti"),
              UnorderedElementsAre("label_line labels/a.txt:4",
                                   "label_line labels/c.txt:1",
                                   "label_line labels/c.txt:2",
                                   "picture_without_label images/b.png",
                                   "label_without_picture labels/c.txt"));
}

TEST_F(SurveyTest, ReadsPlateLabels) {
  put("characters.txt", "A\nB\n\u00d6\n1\n");
  for (const auto* name : {"fine", "strange", "missing", "long"}) {
    put(std::string("image/") + name + ".png", small_png());
  }
  put("label/fine.txt", "AB\u00d61\r\n");
  put("label/strange.txt", "A?\n");
  put("label/missing.txt", "");
  put("label/long.txt", "A\nB\n");
  EXPECT_EQ(result("character_recognition", "lprnet").findings.counts("characters").at("\u00d6"),
            1);
  EXPECT_THAT(faults("character_recognition", "lprnet"),
              UnorderedElementsAre("label_line label/strange.txt:1",
                                   "label_line label/missing.txt:1",
                                   "empty_file label/missing.txt",
                                   "label_line label/long.txt:2"));
}

TEST_F(SurveyTest, ReadsTablesOfTasks) {
  put("images_train/a.png", small_png());
  put("images_train/b, c.png", small_png());
  put("train.csv",
      "fname,colour\na.png,red\n\"b, c.png\",\"dark \"\"red\"\"\"\ngone.png,blue\n"
      "../a.png,blue\na.png\n\"a.png,red\n");
  put("val.csv", "");
  const auto found = result("image_classification", "custom");
  EXPECT_EQ(to_text(found.findings.counts("train.csv colour")),
            R"({"blue":2,"dark \"red\"":1,"red":1})");
  EXPECT_THAT(faults("image_classification", "custom"),
              UnorderedElementsAre("row_without_picture train.csv:4",
                                   "row_without_picture train.csv:5",
                                   "table_row train.csv:6",
                                   "table_row train.csv:7",
                                   "table_row val.csv:1",
                                   "empty_file val.csv"));
}

TEST_F(SurveyTest, ComparesTheListOfClassesWithTheirFolders) {
  put("images_train/cat/1.png", small_png());
  put("images_train/dog/1.png", small_png());
  put("classes.txt", "cat\nbird\n");
  EXPECT_THAT(
      faults("image_classification", "default"),
      UnorderedElementsAre("class_without_folder classes.txt:2", "class_not_listed classes.txt"));
}

TEST_F(SurveyTest, FollowsTheReferencesOfCoco) {
  put("images/a.png", small_png());
  put("images/unlisted.png", small_png());
  put("annotations.json", R"({
    "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]},
                    {"id": 2, "image_id": 1, "category_id": 7, "segmentation": {"counts": [1]}},
                    {"id": 3, "image_id": 99, "category_id": 8}, {"id": 4}],
    "images": [{"id": 1, "file_name": "a.png", "license": {"id": 5}},
               {"id": 2, "file_name": "gone.png"}, {"id": 3, "file_name": "../a.png"},
               {"id": 1, "file_name": "a.png"}, {"id": 5}],
    "categories": [{"id": 7, "name": "car"}]})");
  EXPECT_EQ(to_text(result("object_detection", "coco").findings.counts("objects")),
            R"({"8":1,"car":2})");
  EXPECT_THAT(faults("object_detection", "coco"),
              UnorderedElementsAre("annotation_entry annotations.json",
                                   "missing_picture annotations.json",
                                   "missing_picture annotations.json",
                                   "picture_entry annotations.json",
                                   "picture_entry annotations.json",
                                   "annotation_without_picture annotations.json",
                                   "annotation_without_category annotations.json",
                                   "picture_without_label images/unlisted.png"));
}

TEST_F(SurveyTest, ListsUnknownIdsOfCocoInTheirOrder) {
  put("images/a.png", small_png());
  std::string content = R"({"images": [{"id": "a", "file_name": "a.png"}], "annotations": [)";
  for (const char* id : {"7", "3", "9", "2", "8", "1", "5", "0", "4", "6"}) {
    content += std::string(R"({"category_id": 1, "image_id": )") + id + "},";
  }
  content.back() = ']';
  put("annotations.json", content + R"(, "categories": [{"id": 1, "name": "car"}]})");

  const auto found = result("object_detection", "coco");

  std::vector<std::string> messages;
  for (const auto& fault : found.findings.listed()) {
    messages.push_back(fault.message);
  }

  EXPECT_EQ(messages.size(), 10U);
  EXPECT_TRUE(std::is_sorted(messages.begin(), messages.end()));
}

TEST_F(SurveyTest, AnnotationsWithoutPicturesAreAFault) {
  put("images/a.png", small_png());
  put("annotations.json", "{}");
  EXPECT_THAT(faults("object_detection", "coco"), ElementsAre("no_pictures annotations.json"));
}

TEST_F(SurveyTest, AnnotationsThatAreNotJsonAreRefused) {
  put("images/a.png", small_png());
  std::string deep(limits::json_depth + 1, '[');
  for (const std::string& content : {std::string("images"), std::string("{\"images\": ["), deep}) {
    put("annotations.json", content);
    const auto refused = survey(root_.path(), "object_detection", "coco");
    ASSERT_FALSE(refused) << content;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr("annotations.json"));
  }
}

TEST_F(SurveyTest, AnnotationsThatWouldFillTheMemoryAreRefused) {
  put("images/a.png", small_png());
  const std::string long_id(limits::annotation_id_bytes + 1, 'x');
  const std::string text(limits::annotation_token_bytes + limits::mib, 'x');
  const std::string gap(text.size(), ' ');
  for (const auto& [content, why] :
       {std::pair(R"({"images": [{"id": ")" + long_id + R"("}]})", "has more than 64 bytes"),
        std::pair(R"({"info": ")" + text + R"("})", "is longer than"),
        std::pair("{" + gap + R"("images": []})", "is longer than")}) {
    put("annotations.json", content);

    const auto refused = survey(root_.path(), "object_detection", "coco");

    ASSERT_FALSE(refused) << why;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr(why));
  }
}

TEST_F(SurveyTest, LongAnnotationsOfShortTextsAreRead) {
  put("images/a.png", small_png());
  std::string content = R"({"images": [{"id": 1, "file_name": "a.png"}], "annotations": [)";
  while (content.size() < limits::annotation_token_bytes + limits::mib) {
    content +=
        R"({"image_id": 1, "category_id": 7, "note": ")" + std::string(limits::mib, 'x') + R"("},)";
  }
  content.back() = ']';
  put("annotations.json", content + R"(, "categories": [{"id": 7, "name": "car"}]})");

  EXPECT_THAT(faults("object_detection", "coco"), IsEmpty());
}

TEST_F(SurveyTest, PairsMasksByFolderAndStem) {
  put("images/train/a.jpg", small_jpeg(4, 3));
  put("images/val/b.jpg", small_jpeg(4, 3));
  put("masks/train/a.png", small_png());
  put("masks/train/b.png", small_png());
  EXPECT_THAT(faults("semantic_segmentation", "unet"),
              UnorderedElementsAre("picture_without_label images/val/b.jpg",
                                   "label_without_picture masks/train/b.png"));
}

TEST_F(SurveyTest, PairsAnnotationsOfPascalVoc) {
  put("JPEGImages/a.jpg", small_jpeg(4, 3));
  put("JPEGImages/b.jpg", small_jpeg(4, 3));
  put("Annotations/a.xml", "<annotation/>");
  EXPECT_THAT(faults("object_detection", "pascal_voc"),
              ElementsAre("picture_without_label JPEGImages/b.jpg"));
}

TEST_F(SurveyTest, ReadsTheListOfRecordings) {
  put("wavs/a.wav", "RIFF");
  put("metadata.csv", "a|Some text.|some text\nb|Other text.\nno text\n");
  EXPECT_THAT(
      faults("speech", "ljspeech"),
      UnorderedElementsAre("row_without_recording metadata.csv:2", "table_row metadata.csv:3"));
}

struct Real {
  std::string file;
  std::string type;
  std::string format;
};

TEST(Survey, FindsNoFaultInRealDatasets) {
  const auto shared = testing::shared_data_folder();
  if (!std::filesystem::exists(shared)) {
    GTEST_SKIP() << "the shared sample datasets are not here";
  }
  for (const Real& real : {Real{"cls_clothing6_train", "image_classification", "default"},
                           Real{"mtcls_clothing", "image_classification", "custom"},
                           Real{"det_bccd_kitti_val", "object_detection", "kitti"},
                           Real{"det_bccd_coco_val", "object_detection", "coco"},
                           Real{"det_bccd_voc_val", "object_detection", "pascal_voc"},
                           Real{"inst_nuclei_coco_val", "instance_segmentation", "coco"},
                           Real{"seg_nuclei_unet", "semantic_segmentation", "unet"},
                           Real{"lpr_synth_us_val", "character_recognition", "lprnet"},
                           Real{"tts_ljspeech", "speech", "ljspeech"}}) {
    const athanor::testing::TempDir folder;
    const auto bytes = read_file(shared / (real.file + ".tar.gz")).value();
    ASSERT_TRUE(unpack(source_of(bytes), folder.path()));
    const auto found = survey(folder.path(), real.type, real.format);
    ASSERT_TRUE(found) << real.file << ": " << found.error().message;
    EXPECT_EQ(found->findings.to_json().at("listed"), Json::array()) << real.file;
    EXPECT_GT(found->files, 10U) << real.file;
  }
}

}  // namespace
}  // namespace athanor::datasets
