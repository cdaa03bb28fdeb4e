#pragma once

#include <cstdint>
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

/// Sends an archive that exists in pieces, with a progress line called `label`: after a broken
/// connection, a restart of the server or the end of an earlier run (begun_upload.hpp) it goes on
/// where the server stands. The server's reply.
[[nodiscard]] Result<Json> send_resumably(Client& client,
                                          const std::string& dataset_id,
                                          const std::string& label,
                                          const std::filesystem::path& archive);

/// From this size on an archive is better sent in pieces.
inline constexpr std::uint64_t resumable_from_bytes = 64'000'000;

/// Sends it with a progress line called `label`; the server's reply.
[[nodiscard]] Result<Json> send_upload(Client& client,
                                       const std::string& dataset_id,
                                       const std::string& label,
                                       Upload upload);

}  // namespace athanor::cli
