#pragma once

#include <cstdint>
#include <string_view>

namespace athanor {

/// A hash of 64 bits under a key that this process made for itself (SipHash-2-4). Who chooses the
/// texts cannot make two of them meet; by chance, two of five millions do once in a million tries.
[[nodiscard]] std::uint64_t keyed_hash(std::string_view text);

}  // namespace athanor
