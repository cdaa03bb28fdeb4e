#pragma once

#include <filesystem>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/secret.hpp"

namespace athanor::crypto {

/// The encryption key that a file holds, without the line end that editors put behind it. Errors
/// name the file; too_large for one that holds more than any key.
[[nodiscard]] Result<Secret<std::string>> read_key_file(const std::filesystem::path& file);

}  // namespace athanor::crypto
