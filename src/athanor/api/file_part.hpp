#pragma once

#include <optional>
#include <string>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/error.hpp"
#include "athanor/http/multipart.hpp"

/// What all uploads of one file as multipart form data have in common.
namespace athanor::api {

/// Moves on to the part named "file" and gives the name that the client has for it; other parts
/// ("message") are ignored, as documented. Without it, the error says how to send `what`.
[[nodiscard]] Awaitable<Result<std::string>> find_file_part(http::MultipartReader& parts,
                                                            std::string what,
                                                            std::string example);

/// Of a client that sends too few bytes (pace.hpp).
[[nodiscard]] Error too_slow();

}  // namespace athanor::api
