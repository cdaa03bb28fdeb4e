#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "athanor/async/awaitable.hpp"

namespace athanor {

/// A number of places that coroutines take in the order in which they come, wherever they run.
/// With one place it is a lock that no thread waits for. Thread-safe.
class Places {
  struct State;

 public:
  /// A place taken; given back at its end.
  class Token {
   public:
    explicit Token(std::shared_ptr<State> state) : state_(std::move(state)) {}

    Token(Token&&) noexcept = default;
    Token& operator=(Token&&) = delete;
    ~Token();

   private:
    std::shared_ptr<State> state_;
  };

  explicit Places(std::size_t count);

  /// Waits in line no longer than `patience`, nullopt then. Called on a serial executor. A caller
  /// that goes away meanwhile leaves the line.
  Awaitable<std::optional<Token>> take(std::chrono::milliseconds patience);

  /// How many wait in line.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Waiter;

  std::shared_ptr<State> state_;
};

}  // namespace athanor
