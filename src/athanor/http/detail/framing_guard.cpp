#include "athanor/http/detail/framing_guard.hpp"

#include <charconv>
#include <strings.h>

namespace athanor::http::detail {

namespace {

OrRefusal<Framing> check_chunked(const RequestHead& head, std::string_view encoding) {
  if (head.headers.count("Transfer-Encoding") > 1 || encoding.size() != 7 ||
      strncasecmp(encoding.data(), "chunked", 7) != 0) {
    return refuse(400, "the only Transfer-Encoding understood here is \"chunked\"");
  }
  if (head.version < 11) {
    return refuse(400, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length");
  }
  if (head.headers.find("Content-Length")) {
    return refuse(400, "send either Transfer-Encoding or Content-Length, not both");
  }
  return Framing{.chunked = true};
}

OrRefusal<Framing> check_length(const RequestHead& head, std::string_view text) {
  Framing framing;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, framing.length);
  if (head.headers.count("Content-Length") > 1 || error != std::errc() || stop != end) {
    return refuse(400, "Content-Length is not one plain number of bytes");
  }
  return framing;
}

}  // namespace

OrRefusal<Framing> check_framing(const RequestHead& head) {
  if (const auto encoding = head.headers.find("Transfer-Encoding")) {
    return check_chunked(head, *encoding);
  }
  if (const auto length = head.headers.find("Content-Length")) {
    return check_length(head, *length);
  }
  return Framing{};
}

}  // namespace athanor::http::detail
