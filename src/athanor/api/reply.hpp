#pragma once

#include <cstdint>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/http/message.hpp"

namespace athanor::api {

/// The HTTP status of a kind of failure; `error_code` in the envelope is the same number.
[[nodiscard]] int http_status(ErrorCode code);

/// JSON text that is stored as it is sent; a newline follows it.
[[nodiscard]] http::Response json_text_reply(int status, std::string text);

/// Compact JSON with a trailing newline, as the original sends it.
[[nodiscard]] http::Response json_reply(int status, const Json& body);

/// A JSON list in the making. Its elements become text one by one: as values, those of a long list
/// would take many times the memory.
class ListText {
 public:
  void add(const Json& element);

  /// The whole list; nothing is added after that.
  [[nodiscard]] std::string take();

 private:
  std::string text_ = "[";
};

/// A page of a list, with the number of all in X-Pagination-Total, which scripts may read.
[[nodiscard]] http::Response page_reply(ListText list, std::uint64_t total);

/// The envelope {"error_desc", "error_code"}.
[[nodiscard]] http::Response error_reply(int status, const std::string& description);
[[nodiscard]] http::Response error_reply(const Error& error);

}  // namespace athanor::api
