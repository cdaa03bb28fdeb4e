#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "athanor/core/error.hpp"
#include "athanor/crypto/passphrase.hpp"

namespace athanor::crypto {

/// Reads a sealed file (seal_header.hpp) from front to back. What it hands over is what was written
/// there, in its place: bytes that were changed, moved or taken from another file are refused.
class SealedReader {
 public:
  /// Errors: not_found; forbidden for a wrong passphrase; those of parse_seal_header(); and
  /// invalid_argument where the file is cut off or too long. No message holds the file's name.
  [[nodiscard]] static Result<SealedReader> open(const std::filesystem::path& file,
                                                 const Passphrase& passphrase);
  ~SealedReader();

  SealedReader(SealedReader&&) noexcept;
  SealedReader& operator=(SealedReader&&) noexcept;

  /// Bytes in the clear.
  [[nodiscard]] std::uint64_t size() const;

  /// The next `count` bytes; whole chunks are decrypted where they are wanted, without a copy.
  /// invalid_argument says which bytes of the file are damaged, or that it holds no more.
  [[nodiscard]] Status read(void* target, std::uint64_t count);

 private:
  struct State;

  explicit SealedReader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// Writes the content of the sealed file `from` to `to`, under a temporary name until it is whole.
/// Errors name the file that they are about.
[[nodiscard]] Status unseal(const std::filesystem::path& from,
                            const std::filesystem::path& to,
                            const Passphrase& passphrase);

}  // namespace athanor::crypto
