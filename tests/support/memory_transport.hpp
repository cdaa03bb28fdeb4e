#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "athanor/http/detail/transport.hpp"

namespace athanor::testing {

/// A connection whose peer has sent `input` and closed its side; keeps what is sent to it.
class MemoryTransport : public http::detail::Transport {
 public:
  explicit MemoryTransport(std::string input, std::size_t max_read = SIZE_MAX)
      : input_(std::move(input)), max_read_(max_read) {}

  Awaitable<Result<std::size_t>> read_some(std::span<char> buffer,
                                           http::detail::SteadyTime /*deadline*/) override {
    ++reads;
    const std::size_t count = std::min({buffer.size(), max_read_, input_.size() - position_});
    std::memcpy(buffer.data(), input_.data() + position_, count);
    position_ += count;
    co_return count;
  }

  Awaitable<Status> write(std::string_view first,
                          std::string_view second,
                          std::chrono::milliseconds /*idle*/) override {
    output.append(first).append(second);
    co_return Status();
  }

  void shutdown_send() override {}

  void close() override {}

  std::string output;
  std::size_t reads = 0;

 private:
  std::string input_;
  std::size_t max_read_;
  std::size_t position_ = 0;
};

}  // namespace athanor::testing
