#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "athanor/cli/client.hpp"
#include "athanor/datasets/packer.hpp"

namespace athanor::cli {

/// An archive that exists; its name and size are sent along.
[[nodiscard]] Result<Upload> file_upload(const std::filesystem::path& archive);

/// An archive packed while it is sent.
[[nodiscard]] Upload packed_upload(std::vector<datasets::PackEntry> entries);

/// What lies in a folder, under the same names; hidden files are left out.
[[nodiscard]] Result<std::vector<datasets::PackEntry>> entries_as_they_are(
    const std::filesystem::path& directory);

/// Sends it with a progress line called `label`; the server's reply.
[[nodiscard]] Result<Json> send_upload(Client& client,
                                       const std::string& dataset_id,
                                       const std::string& label,
                                       Upload upload);

}  // namespace athanor::cli
