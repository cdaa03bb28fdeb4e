#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/crypto/passphrase.hpp"

namespace athanor::crypto {

/// Writes content that lies in pieces, one after the other, as a sealed file (seal_header.hpp):
/// under a temporary name, synced, renamed. Nothing of it touches the disk in the clear, and no
/// more than a chunk is copied in memory.
[[nodiscard]] Status write_sealed(const std::filesystem::path& file,
                                  std::span<const std::string_view> pieces,
                                  const Passphrase& passphrase);

}  // namespace athanor::crypto
