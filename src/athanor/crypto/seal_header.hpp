#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/crypto/passphrase.hpp"

/// The header of a sealed file. Numbers are little-endian:
///
///   0   8  magic: 0x89 "ATHANOR"
///   8   4  version: 1
///   12  4  passes and
///   16  4  KiB of memory of Argon2id
///   20 16  its salt
///   36  8  bytes that the file holds in the clear
///   44 24  header of the libsodium secretstream (XChaCha20-Poly1305) that follows
///   68 16  BLAKE2b of what is above, keyed: the passphrase is the right one
///   84 16  BLAKE2b of what is above, unkeyed: the header is whole
///
/// Behind it the content in chunks of 64 KiB, each 17 bytes longer than in the clear; the last one,
/// the only one that may be shorter, has the tag FINAL.
namespace athanor::crypto {

inline constexpr std::size_t seal_header_bytes = 100;
inline constexpr std::size_t seal_chunk_bytes = 64 * limits::kib;
inline constexpr std::size_t seal_chunk_overhead = 17;

struct SealHeader {
  KeyRecipe recipe;
  std::uint64_t plain_bytes = 0;
  std::array<unsigned char, 24> stream{};

  bool operator==(const SealHeader&) const = default;
};

/// Reads the first bytes of a file. Errors tell a file that was never sealed from one that is cut
/// off, damaged, of a later version (unsupported) or costlier to open than the limits allow
/// (too_large).
[[nodiscard]] Result<SealHeader> parse_seal_header(std::string_view bytes);

[[nodiscard]] std::string render_seal_header(const SealHeader& header, const DerivedKeys& keys);

/// Whether a header that parse_seal_header() accepted was made with these keys.
[[nodiscard]] bool is_made_with(std::string_view header, const DerivedKeys& keys);

/// Chunks of a file that holds so many bytes in the clear; an empty one has one.
[[nodiscard]] std::uint64_t chunks_of(std::uint64_t plain_bytes);

/// Its size with header and chunks.
[[nodiscard]] std::uint64_t sealed_size(std::uint64_t plain_bytes);

}  // namespace athanor::crypto
