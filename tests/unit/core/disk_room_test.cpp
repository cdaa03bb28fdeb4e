#include "athanor/core/disk_room.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t gib = 1024 * limits::mib;

DiskSpace imagined;
int asked = 0;

Result<DiskSpace> imagined_space(const std::filesystem::path&) {
  ++asked;
  return imagined;
}

class DiskRoomTest : public ::testing::Test {
 protected:
  DiskRoomTest() {
    imagined = {.available = 50 * gib, .total = 100 * gib};
    asked = 0;
  }

  DiskRoom room_{"/", imagined_space};
};

TEST_F(DiskRoomTest, IsThereUntilTheReserveWouldBeTouched) {
  imagined.available = gib + 10;

  EXPECT_TRUE(room_.take(10));
  const auto refused = DiskRoom("/", imagined_space).take(11);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("1024.0 MiB are free"));
}

TEST_F(DiskRoomTest, IsNotThereBelowTheReserve) {
  imagined.available = gib - 1;

  EXPECT_FALSE(room_.take(1));
}

TEST_F(DiskRoomTest, TheReserveOfASmallDiskIsSmall) {
  EXPECT_EQ(disk_reserve(100 * gib), limits::disk_reserve_bytes);
  EXPECT_EQ(disk_reserve(6 * limits::mib), 6 * limits::mib / limits::disk_reserve_part);
}

TEST_F(DiskRoomTest, TheSystemIsAskedNowAndThen) {
  for (int i = 0; i < 4096; ++i) {
    ASSERT_TRUE(room_.take(limits::kib));
  }
  EXPECT_LE(asked, 3);
}

TEST_F(DiskRoomTest, TheSystemIsAskedMoreOftenNearTheEnd) {
  imagined.available = gib + limits::mib;
  for (int i = 0; i < 512; ++i) {
    ASSERT_TRUE(room_.take(limits::kib));
  }
  EXPECT_GE(asked, 8);
}

TEST_F(DiskRoomTest, EndsWhereFilesDo) {
  imagined.files_total = 1000;
  imagined.files_available = 20;
  EXPECT_TRUE(room_.take(1));
  imagined.files_available = 19;

  const auto refused = DiskRoom("/", imagined_space).take(1);

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("19 of 1000"));
}

TEST(DiskSpaceTest, IsThatOfTheSystem) {
  const testing::TempDir folder;

  const auto space = disk_space(folder.path());

  ASSERT_TRUE(space) << space.error().message;
  EXPECT_GT(space->total, 0U);
  EXPECT_LE(space->available, space->total);
  EXPECT_FALSE(disk_space(folder.path() / "absent"));
}

}  // namespace
}  // namespace athanor
