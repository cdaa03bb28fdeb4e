#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "athanor/http/message.hpp"

namespace athanor::http::detail {

/// How the body of a reply is delimited.
enum class ReplyFraming { no_body, sized, chunked, until_close };

struct ReplyHead {
  int status = 200;
  const Headers& headers;
  ReplyFraming framing = ReplyFraming::sized;
  std::uint64_t content_length = 0;  ///< When sized.
  bool keep_alive = true;
  int version = 11;  ///< Of the request.
  std::string_view request_id;
};

/// Status line and fields as sent, with Date, X-Request-Id and framing. Control characters in
/// values become spaces, so that nothing echoed from a request can start a field of its own.
[[nodiscard]] std::string to_bytes(const ReplyHead& head);

}  // namespace athanor::http::detail
