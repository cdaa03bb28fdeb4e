#include "athanor/backup/backup.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/tar_writer.hpp"
#include "athanor/store/store.hpp"

namespace athanor::backup {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() {
    fs::create_directories(data());
    const auto store = open(data());
    store::DatasetRecord dataset;
    dataset.id = Uuid::random();
    dataset.user_id = user_;
    dataset.created_on = dataset.last_modified = "2026-01-01T00:00:00.000000";
    dataset.type = "image_classification";
    dataset.format = "default";
    dataset.data_folder = "datasets/" + dataset.id.to_string() + "/data-1";
    dataset_ = dataset;
    EXPECT_TRUE(store->datasets().insert(dataset));
    write(data() / dataset.data_folder / "images/a.png", std::string(100'000, 'x'));
    write(data() / "datasets" / dataset.id.to_string() / "staging-1/half.png", "half");
    write(data() / "token.key", "secret");
    fs::permissions(data() / "token.key", fs::perms::owner_read | fs::perms::owner_write);
  }

  static std::unique_ptr<store::Store> open(const fs::path& folder) {
    return store::open_store("sqlite://" + (folder / "athanor.db").string()).value();
  }

  static void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    ASSERT_TRUE(write_file_atomic(file, text));
  }

  fs::path data() const { return folder_.path() / "data"; }

  fs::path file() const { return folder_.path() / "saved.tar.zst"; }

  fs::path target() const { return folder_.path() / "restored"; }

  testing::TempDir folder_;
  Uuid user_ = Uuid::random();
  store::DatasetRecord dataset_;
};

TEST_F(BackupTest, BringsBackRecordsAndFiles) {
  ASSERT_TRUE(back_up(data(), file()));
  const auto summary = restore(file(), target(), false);

  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->files, 3U);
  const auto record = open(target())->datasets().get(user_, dataset_.id).value();
  EXPECT_EQ(read_file(target() / record.data_folder / "images/a.png").value(),
            std::string(100'000, 'x'));
  EXPECT_EQ(read_file(target() / "token.key").value(), "secret");
  EXPECT_EQ(fs::status(target() / "token.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(target()).permissions(), fs::perms::owner_all);
}

TEST_F(BackupTest, BringsBackWhatIsToldOfTheDataInForceAndNoMore) {
  const std::string data_in_force = dataset_.data_folder;
  const std::string former = "datasets/" + dataset_.id.to_string() + "/data-0";
  write(data() / (data_in_force + ".report.json"), "the report");
  write(data() / (data_in_force + ".inspection.json"), "what was found");
  write(data() / (former + ".report.json"), "of former data");
  ASSERT_TRUE(back_up(data(), file()));
  ASSERT_TRUE(restore(file(), target(), false));

  EXPECT_EQ(read_file(target() / (data_in_force + ".report.json")).value_or(""), "the report");
  EXPECT_EQ(read_file(target() / (data_in_force + ".inspection.json")).value_or(""),
            "what was found");
  EXPECT_FALSE(fs::exists(target() / (former + ".report.json")));
}

TEST_F(BackupTest, BringsBackTheLongestNameThatAnUploadMayHave) {
  std::string name;
  for (const std::size_t bytes : {255U, 255U, 255U, 200U}) {
    name += std::string(bytes, 'f') + "/";
  }
  name += std::string(limits::archive_path_bytes - name.size(), 'p');
  write(data() / dataset_.data_folder / name, "deep");
  ASSERT_TRUE(back_up(data(), file()));
  const auto restored = restore(file(), target(), false);

  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(read_file(target() / dataset_.data_folder / name).value_or(""), "deep");
}

TEST_F(BackupTest, LeavesOutWhatNoRecordNames) {
  ASSERT_TRUE(back_up(data(), file()));
  ASSERT_TRUE(restore(file(), target(), false));

  EXPECT_FALSE(fs::exists(target() / "datasets" / dataset_.id.to_string() / "staging-1"));
}

TEST_F(BackupTest, LeavesNothingBesideTheFolder) {
  ASSERT_TRUE(back_up(data(), file()));

  EXPECT_FALSE(fs::exists(data() / "backup-aside"));
}

TEST_F(BackupTest, WhatACrashLeftBehindIsNoObstacle) {
  write(data() / "backup-aside/athanor.db", "old");

  EXPECT_TRUE(back_up(data(), file()));
}

TEST_F(BackupTest, KeepsAnExistingFile) {
  write(file(), "precious");

  EXPECT_EQ(back_up(data(), file()).error().code, ErrorCode::conflict);
  EXPECT_EQ(read_file(file()).value(), "precious");
}

TEST_F(BackupTest, LeavesNothingWhicheverCallFails) {
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    ASSERT_LT(calls, 100);
    {
      const disk::Fault fault(calls, ENOSPC);
      const auto saved = back_up(data(), file());
      failed = fault.happened();
      EXPECT_EQ(saved.has_value(), !failed) << calls;
      EXPECT_TRUE(saved || saved.error().code == ErrorCode::unavailable) << calls;
    }
    EXPECT_EQ(fs::exists(file()), !failed) << calls;
    EXPECT_FALSE(fs::exists(data() / "backup-aside")) << calls;
  }
  EXPECT_GT(calls, 4);  // Folder, file, its bytes, sync; then none fails.

  EXPECT_TRUE(restore(file(), target(), false));
}

TEST_F(BackupTest, RestoreHasTheOldFolderOrTheNewOneWhicheverCallFails) {
  ASSERT_TRUE(back_up(data(), file()));
  int calls = 0;
  int replaced = 0;
  for (bool failed = true; failed; ++calls) {
    ASSERT_LT(calls, 200);
    ASSERT_TRUE(remove_tree(target()));
    write(target() / "mine", "x");
    {
      const disk::Fault fault(calls, ENOSPC);
      const auto restored = restore(file(), target(), true);
      failed = fault.happened();
      EXPECT_EQ(restored.has_value(), !failed) << calls;
    }
    const bool is_old = read_file(target() / "mine").value_or("") == "x";
    const bool is_new = fs::exists(target() / "athanor.db") && fs::exists(target() / "token.key");
    EXPECT_NE(is_old, is_new) << calls;
    EXPECT_TRUE(is_new || failed) << calls;
    replaced += is_new ? 1 : 0;
    int kept = 0;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      EXPECT_THAT(entry.path().string(), Not(HasSubstr(".restore-"))) << calls;
      kept += entry.path().string().find(".before-restore-") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(kept, replaced) << calls;
  }
  EXPECT_GT(calls, 10);
}

TEST_F(BackupTest, RestoreTellsTheMendWhereFoldersCannotChangePlaces) {
  ASSERT_TRUE(back_up(data(), file()));
  write(target() / "mine", "x");
  std::optional<Error> refusal;
  for (int calls = 0; !refusal; ++calls) {
    ASSERT_LT(calls, 200);
    const disk::Fault fault(calls, EINVAL);
    const auto restored = restore(file(), target(), true);
    if (!restored && restored.error().code == ErrorCode::unsupported) {
      refusal = restored.error();
    }
  }

  EXPECT_THAT(refusal->message, HasSubstr("then restore without --force"));
  EXPECT_EQ(read_file(target() / "mine").value_or(""), "x");
}

TEST_F(BackupTest, NeedsADatabase) {
  EXPECT_EQ(back_up(folder_.path() / "nothing", file()).error().code, ErrorCode::not_found);
}

TEST_F(BackupTest, RestoreRefusesAFolderThatHoldsSomething) {
  ASSERT_TRUE(back_up(data(), file()));
  write(target() / "mine", "x");

  EXPECT_EQ(restore(file(), target(), false).error().code, ErrorCode::conflict);
  EXPECT_EQ(read_file(target() / "mine").value(), "x");
}

TEST_F(BackupTest, ForceKeepsTheFormerFolderBeside) {
  ASSERT_TRUE(back_up(data(), file()));
  write(target() / "mine", "x");

  ASSERT_TRUE(restore(file(), target(), true));

  EXPECT_TRUE(fs::exists(target() / "athanor.db"));
  bool kept = false;
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    kept = kept || (entry.path().string().starts_with(target().string() + ".before-restore-") &&
                    read_file(entry.path() / "mine").value_or("") == "x");
  }
  EXPECT_TRUE(kept);
}

TEST_F(BackupTest, EveryFlippedByteIsNoticedBeforeTheTargetIsTouched) {
  ASSERT_TRUE(back_up(data(), file()));
  const auto good = read_file(file()).value();
  for (std::size_t place = 0; place < good.size(); place += 1 + good.size() / 50) {
    write(target() / "mine", "x");
    auto bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 1);
    write(file(), bad);
    const auto restored = restore(file(), target(), true);
    if (restored) {
      continue;  // A byte that carries nothing, such as a member's time.
    }
    EXPECT_EQ(read_file(target() / "mine").value_or(""), "x") << place;
  }
}

TEST_F(BackupTest, TruncatedArchivesAreRefused) {
  ASSERT_TRUE(back_up(data(), file()));
  const auto good = read_file(file()).value();
  for (const std::size_t size : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
    write(file(), good.substr(0, size));
    EXPECT_FALSE(restore(file(), target(), false)) << size;
    EXPECT_FALSE(fs::exists(target()));
  }
}

TEST_F(BackupTest, ArchivesOfOthersAreRefused) {
  {
    auto writer = datasets::TarWriter::create(file()).value();
    ASSERT_TRUE(writer.add_text("images/a.png", "x"));
    ASSERT_TRUE(writer.finish());
  }
  const auto restored = restore(file(), target(), false);
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().message, HasSubstr("manifest"));
}

TEST_F(BackupTest, HostileNamesAreRefused) {
  for (const char* name : {"../escaped", "jobs/../../escaped", ".."}) {
    fs::remove(file());
    auto writer = datasets::TarWriter::create(file()).value();
    ASSERT_TRUE(writer.add_text(name, "x"));
    ASSERT_TRUE(writer.finish());

    const auto restored = restore(file(), target(), false);

    ASSERT_FALSE(restored) << name;
    EXPECT_THAT(restored.error().message, HasSubstr("leads out")) << name;
    EXPECT_FALSE(fs::exists(folder_.path() / "escaped")) << name;
  }
}

}  // namespace
}  // namespace athanor::backup
