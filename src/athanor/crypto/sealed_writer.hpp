#pragma once

#include <cstdint>
#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"
#include "athanor/crypto/passphrase.hpp"

namespace athanor::crypto {

/// Writes content of so many bytes as a sealed file (seal_header.hpp): under a temporary name,
/// synced, renamed. Nothing of it touches the disk in the clear, and no more than a chunk is copied
/// in memory. Throws std::logic_error where the content has another length.
[[nodiscard]] Status write_sealed(const std::filesystem::path& file,
                                  std::uint64_t plain_bytes,
                                  const FileContent& content,
                                  const Passphrase& passphrase);

}  // namespace athanor::crypto
