#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "athanor/http/message.hpp"

namespace athanor::http {

/// The header of one part of a multipart/form-data body.
struct PartHeader {
  std::string name;
  /// Without folders and control characters, so that it can be shown; nullopt for a plain field.
  std::optional<std::string> filename;
  std::string content_type;  ///< Empty where the client sends none.
};

/// Takes a multipart/form-data body (RFC 7578) apart while it arrives, in flat memory:
///
///     ATHANOR_CO_TRY(auto parts, MultipartReader::open(content_type, *request.body));
///     while (true) {
///       ATHANOR_CO_TRY(const auto part, co_await parts.next_part());
///       if (!part) break;
///       // parts.read_some(buffer) until it gives 0, or read_all(parts, limit)
///     }
///
/// Malformed bodies are invalid_argument, limits (boundary, parts, part header) too_large.
class MultipartReader : public BodyReader {
 public:
  /// `content_type` is the request's header; `body` outlives the reader.
  [[nodiscard]] static Result<MultipartReader> open(std::string_view content_type,
                                                    BodyReader& body);

  /// The next part, or nullopt after the last; what was not read of the present one is skipped.
  Awaitable<Result<std::optional<PartHeader>>> next_part();

  /// Data of the present part; 0 bytes is its end.
  Awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override;

 private:
  enum class State { preamble, delimiter, data, finished };

  MultipartReader(BodyReader& body, std::string_view boundary);

  Awaitable<Result<std::string_view>> peek_data();
  Awaitable<Result<bool>> pass_delimiter();
  Awaitable<Result<PartHeader>> read_header();
  Awaitable<Result<std::string_view>> read_line(std::size_t& allowance);
  Awaitable<Status> fill();
  [[nodiscard]] std::string_view window() const;

  BodyReader* body_;
  std::string delimiter_;  ///< "\n--boundary"
  std::string buffer_;
  std::size_t begin_ = 0;  ///< The window: bytes read from the body and not yet given out.
  std::size_t end_ = 0;
  State state_ = State::preamble;
  std::size_t parts_ = 0;
};

}  // namespace athanor::http
