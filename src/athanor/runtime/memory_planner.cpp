#include "athanor/runtime/memory_planner.hpp"

#include <algorithm>
#include <numeric>

namespace athanor::runtime {

namespace {

constexpr std::uint64_t alignment = 64;

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

bool meet(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

/// The lowest offset for `lifetime` beside `placed`, which are sorted by their offsets.
std::uint64_t lowest_offset(const Lifetime& lifetime,
                            std::span<const Lifetime> lifetimes,
                            const std::vector<std::size_t>& placed,
                            const std::vector<std::uint64_t>& offsets) {
  std::uint64_t offset = 0;
  for (const auto other : placed) {
    if (!meet(lifetime, lifetimes[other])) {
      continue;
    }
    if (offset + aligned(lifetime.bytes) <= offsets[other]) {
      break;
    }
    offset = std::max(offset, offsets[other] + aligned(lifetimes[other].bytes));
  }
  return offset;
}

}  // namespace

Placement place(std::span<const Lifetime> lifetimes, bool reuse) {
  Placement placement;
  placement.offsets.resize(lifetimes.size(), 0);
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(
      order, std::ranges::greater(), [&](std::size_t i) { return lifetimes[i].bytes; });
  auto& offsets = placement.offsets;
  std::vector<std::size_t> placed;
  for (const auto i : order) {
    offsets[i] = reuse ? lowest_offset(lifetimes[i], lifetimes, placed, offsets) : placement.total;
    placement.total = std::max(placement.total, offsets[i] + aligned(lifetimes[i].bytes));
    const auto behind = std::ranges::upper_bound(
        placed, offsets[i], std::less(), [&](std::size_t other) { return offsets[other]; });
    placed.insert(behind, i);
  }
  return placement;
}

}  // namespace athanor::runtime
