#include "athanor/cli/begun_upload.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

namespace fs = std::filesystem;
using athanor::testing::TempDir;

class BegunUploadTest : public ::testing::Test {
 protected:
  static constexpr const char* uploads = "http://127.0.0.1:8000/api/v1/user/u/dataset/d/uploads";
  static constexpr const char* id = "0f8fad5b-d9cb-469f-a165-70867728950e";

  BegunUploadTest() { write(archive, "an archive"); }

  static void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::app) << text;
  }

  [[nodiscard]] BegunUpload begun(const char* address = uploads) const {
    return {state, address, archive};
  }

  /// The files that are kept.
  [[nodiscard]] std::size_t notes() const {
    const fs::directory_iterator all(state);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  TempDir dir;
  fs::path archive = dir.path() / "a.tar.gz";
  fs::path state = dir.path() / "home" / "state";
};

TEST_F(BegunUploadTest, IsThereForTheNextProgramUntilItIsForgotten) {
  EXPECT_EQ(begun().load(), std::nullopt);
  ASSERT_TRUE(begun().store(id));

  EXPECT_EQ(begun().load(), id);

  begun().forget();
  EXPECT_EQ(begun().load(), std::nullopt);
}

TEST_F(BegunUploadTest, IsOfOneDatasetAlone) {
  ASSERT_TRUE(begun().store(id));

  EXPECT_EQ(begun("http://127.0.0.1:8000/api/v1/user/u/dataset/e/uploads").load(), std::nullopt);
}

TEST_F(BegunUploadTest, IsOfTheArchiveAsItWas) {
  ASSERT_TRUE(begun().store(id));
  const auto time = fs::last_write_time(archive);

  fs::last_write_time(archive, time + std::chrono::milliseconds(1));
  EXPECT_EQ(begun().load(), std::nullopt);

  write(archive, "!");
  fs::last_write_time(archive, time);
  EXPECT_EQ(begun().load(), std::nullopt);
}

TEST_F(BegunUploadTest, IsTheSameByAnyNameOfTheArchive) {
  ASSERT_TRUE(begun().store(id));
  const auto link = dir.path() / "link";
  fs::create_symlink(archive, link);

  EXPECT_EQ(BegunUpload(state, uploads, link).load(), id);
}

TEST_F(BegunUploadTest, IsNoneWhereTheNoteIsNoAddress) {
  ASSERT_TRUE(begun().store("../../../model"));

  EXPECT_EQ(begun().load(), std::nullopt);
}

TEST_F(BegunUploadTest, IsRemovedWhenNobodyGoesOnWithIt) {
  ASSERT_TRUE(begun("http://elsewhere").store(id));
  const auto old = fs::directory_iterator(state)->path();
  fs::last_write_time(old, fs::last_write_time(old) - std::chrono::hours(24 * 31));

  ASSERT_TRUE(begun().store(id));

  EXPECT_EQ(notes(), 1U);
  EXPECT_EQ(begun().load(), id);
}

TEST_F(BegunUploadTest, IsNotKeptWithoutAHome) {
  const BegunUpload homeless("", uploads, archive);

  EXPECT_EQ(homeless.store(id).error().code, ErrorCode::not_found);
  EXPECT_EQ(homeless.load(), std::nullopt);
  homeless.forget();
}

}  // namespace
}  // namespace athanor::cli
