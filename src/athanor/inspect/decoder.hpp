#pragma once

#include <cstdint>
#include <filesystem>

namespace athanor::inspect {

/// How the decoding of one picture ended.
enum class Outcome : std::uint8_t { decoded, undecodable, empty, too_large, out_of_memory };

/// What a decoder process tells of one picture; sent through a pipe as it is.
struct Decoded {
  Outcome outcome = Outcome::undecodable;
  std::uint8_t channels = 0;
  std::uint8_t bits = 0;  ///< Of one channel.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// Decodes a whole picture with OpenCV, as training will.
[[nodiscard]] Decoded decode(const std::filesystem::path& picture);

}  // namespace athanor::inspect
