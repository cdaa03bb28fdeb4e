#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>

#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"
#include "athanor/inspect/decoder.hpp"

namespace athanor::inspect {

using Decoder = std::function<Decoded(const std::filesystem::path&)>;

struct DecoderLimits {
  std::chrono::seconds time;  ///< For one picture: of the processor, and twice that by the clock.
  std::uint64_t memory_bytes = 0;
};

/// A child process that decodes pictures one after the other and tells of each through a pipe.
/// What a hostile picture does to it is its own end alone.
class DecoderProcess {
 public:
  /// Forks: the caller has one thread.
  [[nodiscard]] static Result<DecoderProcess> start(std::span<const std::filesystem::path> pictures,
                                                    const Decoder& decoder,
                                                    const DecoderLimits& limits);

  DecoderProcess(DecoderProcess&& other) noexcept;
  DecoderProcess& operator=(DecoderProcess&&) = delete;

  /// Kills it.
  ~DecoderProcess();

  /// What it tells of the next picture; nullopt when it ended or took too long.
  [[nodiscard]] std::optional<Decoded> next();

  /// Kills it if it still runs. Why the picture it was at cannot be decoded: "the decoder was
  /// killed by signal 11". io when it could not even begin.
  [[nodiscard]] Result<std::string> collect();

 private:
  DecoderProcess(pid_t pid, UniqueFd pipe, std::chrono::seconds time);

  int reap();

  pid_t pid_;
  UniqueFd pipe_;
  std::chrono::seconds time_;
  bool timed_out_ = false;
};

}  // namespace athanor::inspect
