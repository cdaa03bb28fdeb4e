#pragma once

#include <cstdint>
#include <filesystem>

#include "athanor/core/error.hpp"

/// A server's whole data folder in one file, and back.
namespace athanor::backup {

struct Summary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Writes a tar.zst of all that the records of a data folder need, as they are at one moment, while
/// a server may go on working there: the database is copied in one step, then the folders it names
/// are linked aside, where the server can neither change nor remove them; should it have replaced
/// one meanwhile, everything is begun anew. The last member is a manifest of sizes and digests.
/// Errors: not_found without a database, conflict when `file` exists.
[[nodiscard]] Result<Summary> back_up(const std::filesystem::path& data_folder,
                                      const std::filesystem::path& file);

/// Makes `data_folder` what it was. The archive is unpacked beside it and verified whole before the
/// folder is touched; one that holds something is refused as conflict unless `force`, and is then
/// kept beside the new one. The two change places in one step, so that a sudden end leaves the one
/// or the other; unsupported where the file system cannot. conflict too while a server runs there.
[[nodiscard]] Result<Summary> restore(const std::filesystem::path& file,
                                      const std::filesystem::path& data_folder,
                                      bool force);

}  // namespace athanor::backup
