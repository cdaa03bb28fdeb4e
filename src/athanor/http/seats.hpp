#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "athanor/core/error.hpp"

namespace athanor::http {

/// Bounds how many streams are open at once. Thread-safe.
class Seats {
 public:
  explicit Seats(std::size_t limit);

  /// A seat, free again when the handle and its copies are gone; unavailable when all are taken.
  [[nodiscard]] Result<std::shared_ptr<void>> take();

  [[nodiscard]] std::size_t taken() const { return *taken_; }

 private:
  std::size_t limit_;
  std::shared_ptr<std::atomic<std::size_t>> taken_;
};

}  // namespace athanor::http
