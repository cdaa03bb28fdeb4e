#include "athanor/datasets/intake.hpp"

#include <archive_entry.h>

#include "archive_builder.hpp"
#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::datasets {
namespace {

using ::testing::HasSubstr;

class IntakeTest : public ::testing::Test {
 protected:
  Result<IntakeSummary> unpack_bytes(std::string bytes, std::size_t piece = 1 << 16) {
    return unpack(source_of(std::move(bytes), piece), folder_.path());
  }

  std::string tree_after(ArchiveBuilder& builder) {
    const auto summary = unpack_bytes(builder.bytes());
    return summary ? tree_of(folder_.path()) : summary.error().message;
  }

  std::string refusal(const std::string& bytes) {
    const auto summary = unpack_bytes(bytes);
    return summary ? "accepted" : summary.error().message;
  }

  std::string content_of(const std::string& name) {
    return read_file(folder_.path() / name).value_or("missing");
  }

  athanor::testing::TempDir folder_;
};

struct Packing {
  std::string format;
  std::string filter;
};

void PrintTo(const Packing& packing, std::ostream* out) {  // Found by GoogleTest under this name.
  *out << packing.format << packing.filter;
}

class IntakeOfEveryPacking : public IntakeTest, public ::testing::WithParamInterface<Packing> {
 protected:
  std::string sample() {
    ArchiveBuilder builder(GetParam().format, GetParam().filter);
    std::string noise;
    std::uint32_t state = 1;
    for (int i = 0; i < 100'000; ++i) {
      state = state * 1664525U + 1013904223U;
      noise.push_back(static_cast<char>(state >> 24));
    }
    return builder.folder("images").file("images/Käse.jpg", noise).file("images/b.jpg").bytes();
  }
};

TEST_P(IntakeOfEveryPacking, UnpacksContentAndNames) {
  const auto summary = unpack_bytes(sample());
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->files, 2U);
  EXPECT_EQ(summary->bytes, 100'007U);
  EXPECT_EQ(tree_of(folder_.path()), "images/ images/Käse.jpg images/b.jpg");
  EXPECT_EQ(content_of("images/b.jpg"), "content");
}

TEST_P(IntakeOfEveryPacking, AcceptsOneByteAtATime) {
  EXPECT_TRUE(unpack_bytes(sample(), 1));
}

TEST_P(IntakeOfEveryPacking, RefusesWhatIsCutShort) {
  const std::string whole = sample();
  for (const double part : {0.1, 0.5, 0.9}) {
    const auto length = static_cast<std::size_t>(part * static_cast<double>(whole.size()));
    const athanor::testing::TempDir folder;
    const auto cut = unpack(source_of(whole.substr(0, length)), folder.path());
    ASSERT_FALSE(cut) << part;
    EXPECT_EQ(cut.error().code, ErrorCode::invalid_argument);
  }
}

TEST_P(IntakeOfEveryPacking, PassesTheSourcesErrorOn) {
  std::size_t left = 1000;
  auto bytes = source_of(sample());
  const auto broken = unpack(
      [&](std::span<char> buffer) -> Result<std::size_t> {
        if (left == 0) {
          return fail(ErrorCode::unavailable, "the client went away");
        }
        auto count = bytes(buffer.first(std::min(left, buffer.size())));
        left -= *count;
        return count;
      },
      folder_.path());
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::unavailable);
  EXPECT_EQ(broken.error().message, "the client went away");
}

INSTANTIATE_TEST_SUITE_P(,
                         IntakeOfEveryPacking,
                         ::testing::Values(Packing{"tar", ""},
                                           Packing{"tar", "gz"},
                                           Packing{"tar", "bz2"},
                                           Packing{"tar", "xz"},
                                           Packing{"tar", "zst"},
                                           Packing{"zip", ""}),
                         ::testing::PrintToStringParamName());

class IntakeOfChecksummed : public IntakeOfEveryPacking {};

TEST_P(IntakeOfChecksummed, NoticesADamagedByteOfAPicture) {
  std::string bytes = sample();
  // Noise is stored as it is: this byte belongs to the content and breaks no structure.
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  EXPECT_NE(refusal(bytes), "accepted");
}

INSTANTIATE_TEST_SUITE_P(,
                         IntakeOfChecksummed,
                         ::testing::Values(Packing{"tar", "gz"},
                                           Packing{"tar", "bz2"},
                                           Packing{"tar", "xz"},
                                           Packing{"zip", ""}),
                         ::testing::PrintToStringParamName());

TEST_F(IntakeTest, RefusesAWrongGzipChecksum) {
  std::string bytes = ArchiveBuilder("tar", "gz").file("images/a.jpg").bytes();
  bytes[bytes.size() - 8] = static_cast<char>(bytes[bytes.size() - 8] ^ 1);
  EXPECT_THAT(refusal(bytes), HasSubstr("gzip"));
}

TEST_F(IntakeTest, AcceptsGzipInSeveralMembers) {
  const std::string tar = ArchiveBuilder().file("images/a.jpg", std::string(5000, 'x')).bytes();
  // Two gzip files in a row unpack to the two parts of the tar, as parallel packers make them.
  EXPECT_TRUE(unpack_bytes(gzip(tar.substr(0, 700)) + gzip(tar.substr(700))));
  EXPECT_EQ(content_of("images/a.jpg").size(), 5000U);
}

TEST_F(IntakeTest, RefusesLinksByKind) {
  EXPECT_THAT(refusal(ArchiveBuilder().symbolic_link("images/a", "/etc/passwd").bytes()),
              HasSubstr("a symbolic link"));
  EXPECT_THAT(refusal(ArchiveBuilder().file("a").hard_link("b", "a").bytes()),
              HasSubstr("a hard link"));
}

TEST_F(IntakeTest, RefusesSpecialFiles) {
  EXPECT_THAT(refusal(ArchiveBuilder().special("images/a", AE_IFIFO).bytes()),
              HasSubstr("a named pipe"));
  EXPECT_THAT(refusal(ArchiveBuilder().special("images/a", AE_IFCHR).bytes()),
              HasSubstr("a device"));
  EXPECT_THAT(refusal(ArchiveBuilder().special("images/a", AE_IFBLK).bytes()),
              HasSubstr("a device"));
}

TEST_F(IntakeTest, RefusesNamesThatLeaveTheFolder) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("/tmp/a").bytes()), HasSubstr("absolute"));
  EXPECT_THAT(refusal(ArchiveBuilder().file("images/../../a").bytes()), HasSubstr(".."));
}

TEST_F(IntakeTest, RefusesDuplicates) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("images/a").file("./images/a").bytes()),
              HasSubstr("twice"));
}

TEST_F(IntakeTest, RefusesDuplicatesButForCase) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("images/a.jpg").file("images/A.JPG").bytes()),
              HasSubstr("twice"));
}

TEST_F(IntakeTest, KeepsClassFoldersThatDifferByCase) {
  ArchiveBuilder builder;
  builder.file("images_train/a/1.jpg").file("images_train/A/1.jpg");
  EXPECT_EQ(tree_after(builder),
            "images_train/ images_train/A/ images_train/A/1.jpg images_train/a/ "
            "images_train/a/1.jpg");
}

TEST_F(IntakeTest, RefusesAFileThatIsAlsoAFolder) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("images").file("images/a").bytes()),
              HasSubstr("a file and a folder"));
}

TEST_F(IntakeTest, RefusesAFolderThatIsAlsoAFile) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("images/a").file("images").bytes()),
              HasSubstr("twice"));
}

TEST_F(IntakeTest, RefusesBombsByRatio) {
  const std::string zeros(limits::archive_ratio_floor + limits::mib, '\0');
  const std::string bytes = ArchiveBuilder("tar", "bz2").file("images/a.jpg", zeros).bytes();
  ASSERT_LT(bytes.size() * limits::archive_ratio, zeros.size());
  const auto refused = unpack_bytes(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
}

TEST_F(IntakeTest, RefusesWhatIsNoArchive) {
  EXPECT_THAT(refusal("PNG, surely not an archive"), HasSubstr("tar.gz"));
  EXPECT_NE(refusal(""), "accepted");
}

TEST_F(IntakeTest, RefusesArchivesWithoutFiles) {
  EXPECT_THAT(refusal(ArchiveBuilder().bytes()), HasSubstr("no files"));
  EXPECT_THAT(refusal(ArchiveBuilder().folder("images").bytes()), HasSubstr("no files"));
}

TEST_F(IntakeTest, LeavesFinderMetadataOut) {
  ArchiveBuilder builder;
  builder.file("._images").file("images/a.jpg").file("images/._a.jpg").file("__MACOSX/images/b");
  EXPECT_EQ(tree_after(builder), "images/ images/a.jpg");
}

TEST_F(IntakeTest, AcceptsALeadingDot) {
  ArchiveBuilder builder;
  builder.folder("./").folder("./images/").file("./images/a.jpg").file("./labels/a.txt");
  EXPECT_EQ(tree_after(builder), "images/ images/a.jpg labels/ labels/a.txt");
}

TEST_F(IntakeTest, StripsLeadingFoldersOfImages) {
  ArchiveBuilder builder;
  builder.file("foo/bar/readme.txt").file("foo/bar/images/a.jpg").file("foo/bar/labels/a.txt");
  EXPECT_EQ(tree_after(builder), "images/ images/a.jpg labels/ labels/a.txt readme.txt");
}

TEST_F(IntakeTest, StripsLeadingFoldersOfClassFolders) {
  ArchiveBuilder builder;
  builder.file("set/classes.txt").file("set/images_train/images/1.jpg");
  EXPECT_EQ(tree_after(builder),
            "classes.txt images_train/ images_train/images/ images_train/images/1.jpg");
}

TEST_F(IntakeTest, StripsTheSameNumberOfFoldersEverywhere) {
  ArchiveBuilder builder;
  builder.file("a/images/1.jpg").file("b/images/2.jpg").file("b/labels/2.txt").file("dropped.txt");
  EXPECT_EQ(tree_after(builder), "images/ images/1.jpg images/2.jpg labels/ labels/2.txt");
}

TEST_F(IntakeTest, RefusesFilesThatMeetWhenFoldersAreStripped) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("a/images/1.jpg").file("b/images/1.jpg").bytes()),
              HasSubstr("twice"));
}

TEST_F(IntakeTest, StripsNothingWithoutAKnownFolder) {
  ArchiveBuilder builder;
  builder.file("set/lexicon.txt");
  EXPECT_EQ(tree_after(builder), "set/ set/lexicon.txt");
}

struct RealArchive {
  std::string file;
  std::string type;
  std::string format;
};

TEST_F(IntakeTest, TakesRealDatasets) {
  const auto shared = testing::shared_data_folder();
  if (!std::filesystem::exists(shared)) {
    GTEST_SKIP() << "the shared sample datasets are not here";
  }
  for (const RealArchive& real :
       {RealArchive{"cls_clothing6_train", "image_classification", "default"},
        RealArchive{"mtcls_clothing", "image_classification", "custom"},
        RealArchive{"det_bccd_kitti_val", "object_detection", "kitti"},
        RealArchive{"inst_nuclei_coco_val", "instance_segmentation", "coco"},
        RealArchive{"seg_nuclei_unet", "semantic_segmentation", "unet"},
        RealArchive{"lpr_synth_us_val", "character_recognition", "lprnet"},
        RealArchive{"tts_ljspeech", "speech", "ljspeech"}}) {
    const athanor::testing::TempDir folder;
    const auto bytes = read_file(shared / (real.file + ".tar.gz")).value();
    const auto summary = unpack(source_of(bytes), folder.path());
    ASSERT_TRUE(summary) << real.file << ": " << summary.error().message;
    const auto checked = check_layout(folder.path(), real.type, real.format);
    EXPECT_TRUE(checked) << real.file << ": " << checked.error().message;
  }
}

TEST_F(IntakeTest, KeepsManySmallFiles) {
  ArchiveBuilder builder("tar", "gz");
  for (int i = 0; i < 5000; ++i) {
    builder.file("images/" + std::to_string(i) + ".jpg", "");
  }
  EXPECT_EQ(unpack_bytes(builder.bytes())->files, 5000U);
}

}  // namespace
}  // namespace athanor::datasets
