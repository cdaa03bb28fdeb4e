#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace athanor {

/// A SHA-256 digest, made piece by piece (`sha256sum` makes the same). For files that others name
/// by it; what is ours has the digests of digest.hpp.
class Sha256 {
 public:
  Sha256();
  ~Sha256();

  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);

  /// Lower-case hexadecimal; ends the digest.
  [[nodiscard]] std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace athanor
