#pragma once

#include <cstdint>

#include "athanor/http/detail/refusal.hpp"
#include "athanor/http/detail/request_parser.hpp"

namespace athanor::http::detail {

/// How the body of a request is delimited.
struct Framing {
  bool chunked = false;
  std::uint64_t length = 0;  ///< When not chunked.
};

/// Refuses what another server could delimit differently (request smuggling): Transfer-Encoding
/// other than exactly "chunked", with HTTP/1.0, repeated or beside a Content-Length, and
/// Content-Length that is repeated or no plain number. Beast 1.81 lets several of them through.
[[nodiscard]] OrRefusal<Framing> check_framing(const RequestHead& head);

}  // namespace athanor::http::detail
