#include "athanor/engine/checkpoint.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/json_file.hpp"

namespace athanor::engine {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Of a training of two epochs.
class NewestCheckpoint : public ::testing::Test {
 protected:
  NewestCheckpoint() {
    const CheckpointFolder folder(dir_.path(), "sample", key_);
    const CheckpointTensors tensors{
        {{"weight", torch::ones({2})}}, {{"weight/mean", torch::ones({2})}}, {}};
    for (const int epoch : {1, 2}) {
      Checkpoint checkpoint;
      checkpoint.network = "sample";
      checkpoint.epoch = epoch;
      EXPECT_TRUE(folder.save(checkpoint, tensors));
    }
  }

  std::filesystem::path file(const char* name) const { return dir_.path() / "weights" / name; }

  void damage(const char* name) const { std::filesystem::resize_file(file(name), 10); }

  Result<Checkpoint> newest() {
    return newest_checkpoint(
        dir_.path(), key_, [this](std::string_view line) { warnings_.emplace_back(line); });
  }

  athanor::testing::TempDir dir_;
  crypto::Passphrase key_;
  std::vector<std::string> warnings_;
};

TEST_F(NewestCheckpoint, IsThatOfTheLastEpoch) {
  EXPECT_EQ(newest().value().epoch, 2);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(NewestCheckpoint, GivesWayToTheOneBeforeWhereItIsDamaged) {
  damage("sample_002.json");

  EXPECT_EQ(newest().value().epoch, 1);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("sample_002.json")));
}

TEST_F(NewestCheckpoint, NamesADamagedFileWhereNoneIsWhole) {
  damage("sample_001.json");
  damage("sample_002.json");

  const auto none = newest();

  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(none.error().message, HasSubstr("sample_00"));
}

TEST_F(NewestCheckpoint, IsNotFoundWithoutAny) {
  std::filesystem::remove_all(dir_.path() / "weights");

  EXPECT_EQ(newest().error().code, ErrorCode::not_found);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(NewestCheckpoint, GivesNoWayWhereALaterProgramWroteIt) {
  auto json = read_json_file(file("sample_002.json")).value();
  json["format_version"] = 99;
  ASSERT_TRUE(write_json_file(file("sample_002.json"), json));

  EXPECT_EQ(newest().error().code, ErrorCode::unsupported);
}

}  // namespace

}  // namespace athanor::engine
