#pragma once

#include <string>
#include <string_view>

#include <curl/curl.h>

#include "athanor/core/error.hpp"

/// What a failed request means to the user of a command.
namespace athanor::cli {

/// The error of a reply: the envelope's text where there is one.
[[nodiscard]] Error reply_error(long status, std::string_view body);

/// Why there was no reply, with the mend.
[[nodiscard]] Error transport_error(CURLcode code, const std::string& url);

}  // namespace athanor::cli
