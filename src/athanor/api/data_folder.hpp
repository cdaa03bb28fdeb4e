#pragma once

#include <filesystem>
#include <string>

#include "athanor/core/error.hpp"

namespace athanor::api {

/// Makes the data folder if need be, sees to it that none but its owner can look into it, and lets
/// this process and its children make only files that are their owner's alone. Gives its absolute
/// path. forbidden: it is open to others and holds things that are not ours.
[[nodiscard]] Result<std::filesystem::path> open_data_folder(const std::filesystem::path& path);

/// `given`, or the SQLite file of an absolute data folder when that is empty.
[[nodiscard]] std::string store_url_of(const std::filesystem::path& folder,
                                       const std::string& given);

}  // namespace athanor::api
