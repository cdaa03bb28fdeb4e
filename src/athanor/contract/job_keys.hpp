#pragma once

#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/secret.hpp"

namespace athanor::contract {

/// What models have that were made without another one. Everybody knows it.
inline constexpr const char* default_encryption_key = "tlt_encode";

/// Which descriptor gives a worker its keys: a pipe that holds all of them and has no writer.
inline constexpr int job_keys_fd = 4;

/// The keys of a job's weights. They reach a worker by a pipe alone, never by its directory,
/// arguments or environment.
struct JobKeys {
  Secret<std::string> own{std::string(default_encryption_key)};
  /// Of the weights that it starts from: its parent's, or those of a ptm that was trained here.
  Secret<std::string> parent{std::string(default_encryption_key)};
};

/// A pipe that holds the keys and whose end for writing is closed; the end for reading, numbered
/// above job_keys_fd. Nobody has to live on for the reader to get them.
[[nodiscard]] Result<UniqueFd> fill_keys_pipe(const JobKeys& keys);

/// Takes the keys out of such a pipe and closes it. not_found, without waiting, where `fd` is none:
/// whoever starts a worker by hand may have something else there.
[[nodiscard]] Result<JobKeys> take_keys(int fd);

}  // namespace athanor::contract
