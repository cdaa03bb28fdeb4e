#include "athanor/datasets/intake.hpp"

#include <archive_entry.h>
#include <cerrno>
#include <zlib.h>

#include "archive_builder.hpp"
#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::datasets {
namespace {

using ::testing::AllOf;
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

TEST_P(IntakeOfEveryPacking, RefusesADamagedStart) {
  std::string bytes = sample();
  bytes[5] = static_cast<char>(bytes[5] ^ 0x55);
  bytes[6] = static_cast<char>(bytes[6] ^ 0x55);
  bytes[7] = static_cast<char>(bytes[7] ^ 0x55);
  bytes.insert(8, "damage");
  EXPECT_THAT(refusal(bytes), HasSubstr("the archive"));
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

/// The same xz file with the dictionary that its header asks for made larger.
std::string with_dictionary(std::string bytes, char size_code) {
  constexpr std::size_t header = 12;  // Of the stream; the first block's header follows.
  const std::size_t length = 4 * (static_cast<unsigned char>(bytes[header]) + 1U);
  const auto filter = bytes.find(std::string("\x21\x01", 2), header);
  bytes[filter + 2] = size_code;
  const auto sum = crc32(
      0, reinterpret_cast<const Bytef*>(bytes.data() + header), static_cast<uInt>(length - 4));
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[header + length - 4 + i] = static_cast<char>(sum >> (8 * i));
  }
  return bytes;
}

TEST_F(IntakeTest, RefusesXzThatAsksForTooMuchMemory) {
  const auto bytes = ArchiveBuilder("tar", "xz").file("images/a.jpg").bytes();
  constexpr char of_64_mib = 28;
  constexpr char of_96_mib = 29;
  EXPECT_THAT(refusal(with_dictionary(bytes, of_96_mib)), HasSubstr("memory"));
  const athanor::testing::TempDir folder;
  EXPECT_TRUE(unpack(source_of(with_dictionary(bytes, of_64_mib)), folder.path()));
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
  EXPECT_THAT(
      refusal(ArchiveBuilder().file("images/a.jpg").file("images/A.JPG").bytes()),
      HasSubstr("the archive is refused: \"A.JPG\" and \"a.jpg\" in \"images\" differ by case"));
}

TEST_F(IntakeTest, RefusesAFileThatDiffersFromAFolderByCaseAlone) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("images/a/1.jpg").file("images/A").bytes()),
              HasSubstr("\"A\" and \"a\" in \"images\" differ by case"));
  const athanor::testing::TempDir other;
  const auto bytes = ArchiveBuilder().file("LABELS").file("labels/1.txt").bytes();
  EXPECT_THAT(unpack(source_of(bytes), other.path()).error().message,
              HasSubstr("\"LABELS\" and \"labels\" at the root differ by case"));
}

TEST_F(IntakeTest, RefusesNamesThatMeetButForCaseWhenFoldersAreStripped) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("a/images/1.jpg").file("b/images/1.JPG").bytes()),
              HasSubstr("differ by case"));
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

TEST_F(IntakeTest, RefusesDuplicatesButForUnicodeForm) {
  EXPECT_THAT(refusal(ArchiveBuilder().file("images/K\u00e4se").file("images/Ka\u0308se").bytes()),
              HasSubstr("twice"));
  const athanor::testing::TempDir other;
  const auto bytes = ArchiveBuilder("gnutar").file("i/\u00c4.jpg").file("i/a\u0308.JPG").bytes();
  EXPECT_THAT(unpack(source_of(bytes), other.path()).error().message, HasSubstr("Unicode form"));
}

TEST_F(IntakeTest, RefusesFoldersThatDifferByUnicodeFormAlone) {
  // Names in pax headers come composed; those of GNU tar come as they are.
  EXPECT_THAT(refusal(ArchiveBuilder("gnutar")
                          .file("images_train/K\u00e4se/1.jpg")
                          .file("images_train/Ka\u0308se/2.jpg")
                          .bytes()),
              HasSubstr("Unicode form"));
}

TEST_F(IntakeTest, KeepsTheFormOfNames) {
  ArchiveBuilder builder("gnutar");
  builder.file("images/Ka\u0308se/1.jpg").file("images/Ka\u0308se/2.jpg");
  EXPECT_EQ(tree_after(builder),
            "images/ images/Ka\u0308se/ images/Ka\u0308se/1.jpg images/Ka\u0308se/2.jpg");
}

TEST_F(IntakeTest, RefusesNamesLongerThanTheFileSystemTakes) {
  const std::string part(limits::archive_name_bytes + 1, 'x');
  for (const auto* format : {"tar", "gnutar", "zip"}) {
    EXPECT_THAT(refusal(ArchiveBuilder(format).file("images/" + part).bytes()),
                HasSubstr("too long"))
        << format;
  }
  std::string path = "images";
  while (path.size() < 5000) {
    path += "/" + std::string(200, 'y');
  }
  EXPECT_THAT(refusal(ArchiveBuilder().file(path).bytes()), HasSubstr("too long"));
}

TEST_F(IntakeTest, KeepsLongNamesOfPaxAndGnu) {
  const std::string name = "images/" + std::string(limits::archive_name_bytes, 'x');
  for (const auto* format : {"tar", "gnutar"}) {
    const athanor::testing::TempDir folder;
    ASSERT_TRUE(unpack(source_of(ArchiveBuilder(format).file(name).bytes()), folder.path()));
    EXPECT_EQ(tree_of(folder.path()), "images/ " + name) << format;
  }
}

TEST_F(IntakeTest, RefusesNamesThatAreNotUtf8) {
  EXPECT_THAT(refusal(tar_member("images/caf\xe9.jpg", '0', "content") + tar_end()),
              HasSubstr("not UTF-8"));
}

TEST_F(IntakeTest, RefusesControlCharacters) {
  EXPECT_THAT(refusal(tar_member("images/a\nb.jpg", '0', "content") + tar_end()),
              HasSubstr("control"));
  EXPECT_THAT(refusal(ArchiveBuilder().file("images/a\u0085b.jpg").bytes()), HasSubstr("control"));
}

TEST_F(IntakeTest, ANameEndsAtItsNul) {
  const auto pax = pax_record("path", std::string("images/a.jpg\0../../b", 21));
  const auto archive =
      tar_member("pax", 'x', pax) + tar_member("other.jpg", '0', "content") + tar_end();
  const auto summary = unpack_bytes(archive);
  EXPECT_TRUE(!summary || tree_of(folder_.path()) == "images/ images/a.jpg")
      << tree_of(folder_.path());
}

TEST_F(IntakeTest, ParentsInPaxAndGnuNamesAreRefusedToo) {
  const auto pax = pax_record("path", "images/../../a.jpg");
  EXPECT_THAT(refusal(tar_member("pax", 'x', pax) + tar_member("a.jpg", '0', "x") + tar_end()),
              HasSubstr(".."));
  EXPECT_THAT(refusal(tar_member("././@LongLink", 'L', "images/../../a.jpg") +
                      tar_member("a.jpg", '0', "x") + tar_end()),
              HasSubstr(".."));
}

TEST_F(IntakeTest, FillsTheHolesOfSparseFiles) {
  ArchiveBuilder builder;
  builder.sparse_file("images/a.npy", "end", 1 << 20);
  ASSERT_TRUE(unpack_bytes(builder.bytes()));
  EXPECT_EQ(content_of("images/a.npy"), std::string((1 << 20) - 3, '\0') + "end");
}

TEST_F(IntakeTest, RefusesSparseBombs) {
  const auto size = static_cast<std::int64_t>(limits::archive_ratio_floor + 4 * limits::mib);
  const auto bytes = ArchiveBuilder().sparse_file("images/a.npy", "end", size).bytes();
  ASSERT_LT(bytes.size(), 64 * limits::kib);
  EXPECT_THAT(refusal(bytes), HasSubstr("ratio"));
}

TEST_F(IntakeTest, TellsWhicheverWriteFails) {
  const auto bytes = ArchiveBuilder().file("images/a", "one").file("images/b", "two").bytes();
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    const athanor::testing::TempDir folder;
    const disk::Fault fault(calls, ENOSPC);
    const auto summary = unpack(source_of(bytes), folder.path());
    failed = fault.happened();
    EXPECT_EQ(summary.has_value(), !failed) << calls;
    EXPECT_TRUE(summary || summary.error().code == ErrorCode::unavailable) << calls;
  }
  EXPECT_GT(calls, 4);
}

TEST_F(IntakeTest, RefusesMoreEntriesThanTheLimit) {
  const auto bytes = ArchiveBuilder().file("images/a").file("images/b").file("images/c").bytes();
  const auto refused = unpack(source_of(bytes), folder_.path(), {.entries = 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("entries"), HasSubstr("images/c")));
  const athanor::testing::TempDir folder;
  EXPECT_TRUE(unpack(source_of(bytes), folder.path(), {.entries = 3}));
}

TEST_F(IntakeTest, RefusesMoreBytesThanTheLimit) {
  const auto bytes = ArchiveBuilder().file("images/a", "12345").file("images/b", "12345").bytes();
  const auto refused = unpack(source_of(bytes), folder_.path(), {.bytes = 9});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("too many bytes"), HasSubstr("images/b")));
  const athanor::testing::TempDir folder;
  EXPECT_TRUE(unpack(source_of(bytes), folder.path(), {.bytes = 10}));
}

TEST_F(IntakeTest, RefusesATarThatEndsBetweenTwoMembers) {
  const auto members =
      tar_member("images/a.jpg", '0', "content") + tar_member("images/b.jpg", '0', "content");
  EXPECT_THAT(refusal(members), AllOf(HasSubstr("cut short"), HasSubstr("images/b.jpg")));
  const athanor::testing::TempDir other;
  EXPECT_THAT(unpack(source_of(gzip(members)), other.path()).error().message,
              HasSubstr("cut short"));
  const athanor::testing::TempDir folder;
  EXPECT_TRUE(unpack(source_of(members + tar_end()), folder.path()));
}

TEST_F(IntakeTest, RefusesDamagedHeaders) {
  auto bytes = tar_member("images/a.jpg", '0', "content") +
               tar_member("images/b.jpg", '0', "content") + tar_end();
  bytes[1024 + 10] = 'X';
  EXPECT_THAT(refusal(bytes), AllOf(HasSubstr("cannot be read"), HasSubstr("images/a.jpg")));
}

/// A zip whose members' modes a test may change: only the directory at its end holds them.
std::string zip_with_mode(const std::string& name, unsigned mode) {
  std::string bytes = ArchiveBuilder("zip").file("images/a.jpg").file(name).bytes();
  const auto entry = bytes.rfind("PK\1\2");
  bytes[entry + 5] = 3;  // Made on Unix.
  bytes[entry + 40] = static_cast<char>(mode & 0xFF);
  bytes[entry + 41] = static_cast<char>(mode >> 8);
  return bytes;
}

TEST_F(IntakeTest, RefusesLinksAndSpecialFilesInZips) {
  EXPECT_THAT(refusal(zip_with_mode("images/link", AE_IFLNK | 0777)),
              AllOf(HasSubstr("images/link"), HasSubstr("a symbolic link")));
  const athanor::testing::TempDir other;
  const auto device = unpack(source_of(zip_with_mode("images/null", AE_IFCHR)), other.path());
  EXPECT_THAT(device.error().message, HasSubstr("a special file"));
  const athanor::testing::TempDir fine;
  EXPECT_TRUE(unpack(source_of(zip_with_mode("images/b", AE_IFREG | 0644), 7), fine.path()));
}

TEST_F(IntakeTest, RefusesAZipWhoseDirectoryIsCutShort) {
  const auto bytes = ArchiveBuilder("zip").file("images/a.jpg").file("images/b.jpg").bytes();
  for (const std::size_t kept : {4U, 20U, 60U}) {
    const athanor::testing::TempDir folder;
    const auto cut = unpack(source_of(bytes.substr(0, bytes.find("PK\1\2") + kept)), folder.path());
    ASSERT_FALSE(cut) << kept;
    EXPECT_THAT(cut.error().message, HasSubstr("cut short"));
  }
}

TEST_F(IntakeTest, RefusesBombsByRatio) {
  const std::string zeros(limits::archive_ratio_floor + limits::mib, '\0');
  const std::string bytes = ArchiveBuilder("tar", "bz2").file("images/a.jpg", zeros).bytes();
  ASSERT_LT(bytes.size() * limits::archive_ratio, zeros.size());
  const auto refused = unpack_bytes(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("ratio"), HasSubstr("images/a.jpg")));
}

TEST_F(IntakeTest, RefusesLargeArchivesByALowerRatio) {
  const std::string zeros(limits::archive_ratio_floor + limits::mib, '\0');
  const std::string bytes = gzip(ArchiveBuilder().file("images/a.jpg", zeros).bytes());
  ASSERT_LT(bytes.size() * limits::large_archive_ratio, zeros.size());
  ASSERT_GT(bytes.size() * limits::archive_ratio, zeros.size());

  const auto refused =
      unpack(source_of(bytes), folder_.path(), {.large = limits::archive_ratio_floor});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("is large"), HasSubstr("in parts")));
  const athanor::testing::TempDir folder;
  EXPECT_TRUE(unpack(source_of(bytes), folder.path()));
}

Result<DiskSpace> nearly_full_disk(const std::filesystem::path&) {
  constexpr std::uint64_t total = 100 * limits::mib;
  return DiskSpace{.available = disk_reserve(total) + limits::kib, .total = total};
}

TEST_F(IntakeTest, StopsBeforeTheReserveOfTheDiskIsTouched) {
  const auto bytes = ArchiveBuilder().file("images/a.jpg").bytes();

  const auto refused = unpack(source_of(bytes), folder_.path(), {.disk = nearly_full_disk});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("room"));
}

TEST_F(IntakeTest, FoldersTouchTheReserveNoMoreThanFilesDo) {
  const auto bytes = ArchiveBuilder().folder("images").bytes();

  const auto refused = unpack(source_of(bytes), folder_.path(), {.disk = nearly_full_disk});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
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
