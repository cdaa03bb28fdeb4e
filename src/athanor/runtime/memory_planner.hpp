#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace athanor::runtime {

/// Bytes that must hold still from one step to another, both included.
struct Lifetime {
  std::uint64_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

/// Where each lies in one block of memory.
struct Placement {
  std::vector<std::uint64_t> offsets;  ///< Multiples of 64.
  std::uint64_t total = 0;
};

/// Puts the largest first, each at the lowest offset where nothing that lives at the same time is.
/// Without `reuse` all lie one after the other.
[[nodiscard]] Placement place(std::span<const Lifetime> lifetimes, bool reuse);

}  // namespace athanor::runtime
