#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// The parts of a member's name without "." and empty ones: "./a//b" is {"a", "b"}; "./" is {}.
using MemberName = std::vector<std::string>;

/// Refuses names that are absolute, hold "..", backslashes, control characters or bytes that are
/// not UTF-8, or are too long for the file system.
[[nodiscard]] Result<MemberName> parse_member_name(std::string_view name);

[[nodiscard]] std::string to_string(const MemberName& name);

/// What Finder adds to archives: "__MACOSX/...", "._picture.jpg", ".DS_Store".
[[nodiscard]] bool is_finder_metadata(const MemberName& name);

/// How many leading folders stand before a name that every dataset has at its root, such as
/// "images", "images_train" or "wavs"; nullopt when the name holds none of them.
[[nodiscard]] std::optional<std::size_t> folders_before_root(const MemberName& name);

/// A short form of a name from outside for messages: printable, at most 80 characters.
[[nodiscard]] std::string shown(std::string_view name);

}  // namespace athanor::datasets
