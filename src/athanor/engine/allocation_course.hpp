#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace athanor::engine {

/// The blocks of memory that torch takes and gives back during some work, in order. What libraries
/// below torch take for themselves is not in it.
struct AllocationCourse {
  struct Event {
    std::size_t block;  ///< Its number among `sizes`.
    bool is_taken;      ///< Or given back.
  };

  std::vector<Event> events;
  std::vector<std::int64_t> sizes;  ///< Bytes of the blocks in the order in which they were taken.

  /// The most bytes that its blocks hold at the same time.
  [[nodiscard]] std::int64_t peak() const;
};

/// Of the calling thread. Blocks from before are left out, also where they are given back.
[[nodiscard]] AllocationCourse record_allocations(const std::function<void()>& work);

/// For each block of `more` the one of `few` that was taken at the same place of the work; none
/// where `few` has none. `more` is the course of the same work on up to `ratio` times the samples.
/// Absent where the two have too little in common to tell.
[[nodiscard]] std::optional<std::vector<std::optional<std::size_t>>> match_blocks(
    const AllocationCourse& few, const AllocationCourse& more, double ratio);

}  // namespace athanor::engine
