#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/secret.hpp"

namespace athanor::crypto {

/// How a passphrase becomes keys: Argon2id with one lane.
struct KeyRecipe {
  std::array<unsigned char, 16> salt{};
  std::uint32_t passes = limits::seal_passes;
  std::uint32_t memory_kib = limits::seal_memory_bytes / limits::kib;

  auto operator<=>(const KeyRecipe&) const = default;
};

/// What a passphrase becomes by a recipe; overwritten when nobody needs it any more.
struct DerivedKeys {
  DerivedKeys() = default;
  ~DerivedKeys();

  DerivedKeys(const DerivedKeys&) = delete;
  DerivedKeys& operator=(const DerivedKeys&) = delete;

  KeyRecipe recipe;
  std::array<unsigned char, 32> stream{};  ///< Encrypts.
  std::array<unsigned char, 32> check{};   ///< Tells a wrong passphrase from a damaged file.
};

using SharedKeys = std::shared_ptr<const DerivedKeys>;

/// A text that opens and closes files, with the keys that were made of it. Making them is slow on
/// purpose, so each recipe is followed once. Copies share text and keys. Thread-safe.
class Passphrase {
 public:
  /// No text at all: opens nothing that anybody closed with one.
  Passphrase() : Passphrase(Secret<std::string>()) {}

  explicit Passphrase(Secret<std::string> text);

  /// The keys of a file at hand; unavailable where the memory for them lacks.
  [[nodiscard]] Result<SharedKeys> keys(const KeyRecipe& recipe) const;

  /// Keys for a new file: those made last, if the costs are still the wanted ones, so that the
  /// files of one job share a salt; else those of a new salt.
  [[nodiscard]] Result<SharedKeys> keys_to_seal() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace athanor::crypto
