#include "athanor/http/detail/reply_head.hpp"

#include <iterator>

#include <fmt/format.h>

#include "athanor/http/detail/http_date.hpp"
#include "athanor/http/reason.hpp"

namespace athanor::http::detail {

namespace {

void append_field(std::string& bytes, std::string_view name, std::string_view value) {
  bytes.append(name).append(": ");
  for (const char c : value) {
    bytes.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  }
  bytes.append("\r\n");
}

void append_framing(std::string& bytes, const ReplyHead& head) {
  if (head.framing == ReplyFraming::sized) {
    fmt::format_to(std::back_inserter(bytes), "Content-Length: {}\r\n", head.content_length);
  } else if (head.framing == ReplyFraming::chunked) {
    bytes.append("Transfer-Encoding: chunked\r\n");
  }
  if (!head.keep_alive) {
    bytes.append("Connection: close\r\n");
  } else if (head.version < 11) {
    bytes.append("Connection: keep-alive\r\n");
  }
}

}  // namespace

std::string to_bytes(const ReplyHead& head) {
  std::string bytes;
  bytes.reserve(512);
  fmt::format_to(
      std::back_inserter(bytes), "HTTP/1.1 {} {}\r\n", head.status, reason_of(head.status));
  for (const auto& [name, value] : head.headers.fields()) {
    append_field(bytes, name, value);
  }
  append_field(bytes, "Date", http_date_now());
  append_field(bytes, "X-Request-Id", head.request_id);
  append_framing(bytes, head);
  bytes.append("\r\n");
  return bytes;
}

}  // namespace athanor::http::detail
