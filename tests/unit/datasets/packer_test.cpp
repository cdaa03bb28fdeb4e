#include "athanor/datasets/packer.hpp"

#include <cstdio>
#include <cstdlib>

#include "archive_builder.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/datasets/intake.hpp"

namespace athanor::datasets {
namespace {

using ::testing::ElementsAre;

class PackerTest : public ::testing::Test {
 protected:
  std::string packed(std::vector<PackEntry> entries,
                     std::size_t piece = 4096,
                     HardLinks links = HardLinks::copied) {
    Packer packer(std::move(entries), links);
    std::string bytes;
    std::vector<char> buffer(piece);
    for (;;) {
      const auto count = packer.read_some(buffer);
      EXPECT_TRUE(count) << count.error().message;
      if (!count || *count == 0) {
        return bytes;
      }
      bytes.append(buffer.data(), *count);
    }
  }

  /// What the tar program finds in an archive, line by line.
  std::vector<std::string> listed_by_tar(const std::string& bytes) {
    put_file(folder_.path() / "archive.tar.gz", bytes);
    const std::string command =
        "LC_ALL=C.UTF-8 tar -tzf '" + (folder_.path() / "archive.tar.gz").string() + "'";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::vector<std::string> lines;
    char line[4096];
    while (std::fgets(line, sizeof line, pipe.get()) != nullptr) {
      lines.emplace_back(line);
      lines.back().pop_back();
    }
    return lines;
  }

  /// Unpacks by the tar program.
  void unpack_by_tar(const std::string& bytes, const std::filesystem::path& target) {
    put_file(folder_.path() / "archive.tar.gz", bytes);
    const std::string command = "tar -xzf '" + (folder_.path() / "archive.tar.gz").string() +
                                "' -C '" + target.string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  /// A folder "out" with a file of two names.
  std::vector<PackEntry> linked_file(const std::string& content) {
    put_file(source("out/model.onnx"), content);
    std::filesystem::create_directories(source("out/triton"));
    std::filesystem::create_hard_link(source("out/model.onnx"), source("out/triton/model.onnx"));
    return {{source("out"), "out"}};
  }

  std::filesystem::path source(const std::string& name) { return folder_.path() / "job" / name; }

  athanor::testing::TempDir folder_;
};

TEST_F(PackerTest, TarReadsItInOrder) {
  put_file(source("weights/b.safetensors"));
  put_file(source("weights/a.safetensors"));
  put_file(source("Käse.json"));
  const auto bytes =
      packed({{source("Käse.json"), "id/Käse.json"}, {source("weights"), "id/weights"}});
  EXPECT_THAT(
      listed_by_tar(bytes),
      ElementsAre(
          "id/Käse.json", "id/weights/", "id/weights/a.safetensors", "id/weights/b.safetensors"));
}

TEST_F(PackerTest, IntakeGivesTheSameTreeAndContentBack) {
  put_file(source("images/empty.jpg"), "");
  put_file(source("images/large.jpg"), std::string(700'001, 'x'));
  put_file(source("images/" + std::string(200, 'n') + ".jpg"), "long name");
  const athanor::testing::TempDir unpacked;
  ASSERT_TRUE(unpack(source_of(packed({{source("images"), "images"}})), unpacked.path()));
  EXPECT_EQ(tree_of(unpacked.path()), tree_of(folder_.path() / "job"));
  EXPECT_EQ(read_file(unpacked.path() / "images/large.jpg").value(), std::string(700'001, 'x'));
}

TEST_F(PackerTest, PieceSizeDoesNotMatter) {
  put_file(source("a.txt"), "some content");
  const std::vector<PackEntry> entries = {{source("a.txt"), "id/a.txt"}};
  EXPECT_EQ(packed(entries, 1), packed(entries, 1 << 20));
}

TEST_F(PackerTest, PacksTextThatIsNoFile) {
  put_file(source("a.txt"));
  const auto bytes = packed({{source("a.txt"), "id/a.txt"}, {{}, "id/log.txt", "some text\n"}});
  EXPECT_THAT(listed_by_tar(bytes), ElementsAre("id/a.txt", "id/log.txt"));
  const athanor::testing::TempDir unpacked;
  ASSERT_TRUE(unpack(source_of(bytes), unpacked.path()));
  EXPECT_EQ(read_file(unpacked.path() / "id/log.txt").value(), "some text\n");
}

TEST_F(PackerTest, LeavesOutWhatIsStillBeingWritten) {
  put_file(source("out/a.txt"));
  put_file(source("out/b.txt.tmp-" + Uuid::random().to_string()));
  EXPECT_THAT(listed_by_tar(packed({{source("out"), "out"}})), ElementsAre("out/", "out/a.txt"));
}

TEST_F(PackerTest, FollowsNoLinks) {
  put_file(folder_.path() / "secret.txt");
  put_file(source("out/a.txt"));
  std::filesystem::create_symlink(folder_.path() / "secret.txt", source("out/link.txt"));
  std::filesystem::create_directory_symlink(folder_.path(), source("out/folder"));
  EXPECT_THAT(listed_by_tar(packed({{source("out"), "out"}})), ElementsAre("out/", "out/a.txt"));
}

TEST_F(PackerTest, PacksAFileOfTwoNamesOnceWhereLinksAreKept) {
  const athanor::testing::TempDir unpacked;
  unpack_by_tar(packed(linked_file("weights"), 4096, HardLinks::kept), unpacked.path());
  EXPECT_EQ(tree_of(unpacked.path()), tree_of(folder_.path() / "job"));
  EXPECT_EQ(read_file(unpacked.path() / "out/triton/model.onnx").value(), "weights");
  EXPECT_TRUE(std::filesystem::equivalent(unpacked.path() / "out/model.onnx",
                                          unpacked.path() / "out/triton/model.onnx"));
}

TEST_F(PackerTest, PacksAFileOfTwoNamesTwiceForAnUpload) {
  const athanor::testing::TempDir unpacked;
  ASSERT_TRUE(unpack(source_of(packed(linked_file("weights"))), unpacked.path()));
  EXPECT_EQ(read_file(unpacked.path() / "out/model.onnx").value(), "weights");
  EXPECT_EQ(read_file(unpacked.path() / "out/triton/model.onnx").value(), "weights");
}

TEST_F(PackerTest, PassesOverWhatHasVanished) {
  put_file(source("a.txt"));
  EXPECT_THAT(listed_by_tar(packed({{source("gone.txt"), "gone.txt"}, {source("a.txt"), "a.txt"}})),
              ElementsAre("a.txt"));
}

TEST_F(PackerTest, AFileThatGrowsWhileItIsPackedKeepsTheArchiveWhole) {
  put_file(source("log.txt"), std::string(600'000, 'x'));
  put_file(source("z.txt"));
  Packer packer({{source("log.txt"), "log.txt"}, {source("z.txt"), "z.txt"}});
  std::vector<char> buffer(16);
  std::string bytes(buffer.data(), packer.read_some(buffer).value());
  put_file(source("log.txt"), std::string(900'000, 'y'));
  for (auto count = bytes.size(); count > 0; bytes.append(buffer.data(), count)) {
    count = packer.read_some(buffer).value();
  }
  EXPECT_THAT(listed_by_tar(bytes), ElementsAre("log.txt", "z.txt"));
}

TEST_F(PackerTest, MayBeGivenUpHalfWay) {
  put_file(source("a.txt"), std::string(600'000, 'x'));
  Packer packer({{source("a.txt"), "a.txt"}});
  std::vector<char> buffer(4);
  EXPECT_EQ(packer.read_some(buffer).value(), 4U);
}

}  // namespace
}  // namespace athanor::datasets
