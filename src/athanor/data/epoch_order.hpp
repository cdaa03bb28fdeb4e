#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "athanor/core/guarded.hpp"

namespace athanor::data {

/// The shuffled orders of a training's epochs; keeps the last one asked for. Thread-safe.
class EpochOrder {
 public:
  using Order = std::shared_ptr<const std::vector<std::int64_t>>;

  EpochOrder(std::int64_t size, std::uint64_t seed) : size_(size), seed_(seed) {}

  /// The order of an epoch counted from 1.
  [[nodiscard]] Order of(std::uint32_t epoch) const;

 private:
  struct Latest {
    std::uint32_t epoch = 0;
    Order order;
  };

  std::int64_t size_;
  std::uint64_t seed_;
  mutable Guarded<Latest> latest_;
};

}  // namespace athanor::data
