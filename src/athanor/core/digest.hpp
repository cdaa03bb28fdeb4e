#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace athanor {

/// A BLAKE2b digest of 32 bytes, made piece by piece (`b2sum -l 256` makes the same).
class Digest {
 public:
  Digest();
  ~Digest();

  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void add(std::string_view bytes);

  /// Lower-case hexadecimal; ends the digest.
  [[nodiscard]] std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// That of a text at hand.
[[nodiscard]] std::string digest(std::string_view text);

}  // namespace athanor
