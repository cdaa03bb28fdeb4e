#include "athanor/engine/allocation_course.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

using ::testing::ElementsAre;
using ::testing::Optional;

namespace {

using Twin = std::optional<std::size_t>;

/// Each block is given back at once.
AllocationCourse course_of(const std::vector<std::int64_t>& sizes) {
  AllocationCourse course;
  for (std::size_t block = 0; block < sizes.size(); ++block) {
    course.events.push_back({block, true});
    course.events.push_back({block, false});
  }
  course.sizes = sizes;
  return course;
}

constexpr std::int64_t kib = 1 << 10;

}  // namespace

TEST(RecordAllocations, TellsBlocksInOrderAndWhenTheyGo) {
  auto former = torch::empty({1000}, torch::kUInt8);
  const auto course = record_allocations([&] {
    const auto first = torch::empty({100 * kib}, torch::kUInt8);
    { const auto second = torch::empty({200 * kib}, torch::kUInt8); }
    former = torch::Tensor();
    const auto third = torch::empty({300 * kib}, torch::kUInt8);
  });

  EXPECT_THAT(course.sizes, ElementsAre(100 * kib, 200 * kib, 300 * kib));
  std::vector<std::pair<std::size_t, bool>> events;
  for (const auto& event : course.events) {
    events.emplace_back(event.block, event.is_taken);
  }
  EXPECT_THAT(events,
              ElementsAre(std::pair(0, true),
                          std::pair(1, true),
                          std::pair(1, false),
                          std::pair(2, true),
                          std::pair(2, false),
                          std::pair(0, false)));
  EXPECT_EQ(course.peak(), 400 * kib);
}

TEST(MatchBlocks, FindsEachInCoursesOfTheSameShape) {
  const auto few = course_of({100 * kib, 50 * kib, 8});
  const auto more = course_of({200 * kib, 50 * kib, 8});

  EXPECT_THAT(match_blocks(few, more, 2), Optional(ElementsAre(Twin(0), Twin(1), Twin(2))));
}

TEST(MatchBlocks, LeavesOutWhatOnlyOneHas) {
  const auto few =
      course_of({100 * kib, 500 * kib, 50 * kib, 60 * kib, 70 * kib, 80 * kib, 90 * kib});
  const auto more =
      course_of({200 * kib, 100 * kib, 120 * kib, 140 * kib, 160 * kib, 180 * kib, 7 * kib});

  EXPECT_THAT(match_blocks(few, more, 2),
              Optional(ElementsAre(Twin(0), Twin(2), Twin(3), Twin(4), Twin(5), Twin(6), Twin())));
}

TEST(MatchBlocks, IsAbsentForCoursesWithoutLikeness) {
  const auto few = course_of(std::vector<std::int64_t>(300, 100 * kib));
  const auto more = course_of(std::vector<std::int64_t>(300, 300 * kib));

  EXPECT_EQ(match_blocks(few, more, 2), std::nullopt);
}

}  // namespace athanor::engine
