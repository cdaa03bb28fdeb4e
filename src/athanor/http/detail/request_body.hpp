#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>

#include "athanor/http/detail/framing_guard.hpp"
#include "athanor/http/detail/request_parser.hpp"
#include "athanor/http/detail/transport.hpp"
#include "athanor/http/message.hpp"

namespace athanor::http::detail {

/// Bytes that came from the connection and are not used up yet.
using InputBuffer = boost::beast::flat_buffer;

/// What was received and not consumed yet.
inline std::string_view text_of(const InputBuffer& input) {
  return {static_cast<const char*>(input.data().data()), input.size()};
}

/// The body of the request that is being served.
class RequestBody : public BodyReader {
 public:
  struct Options {
    Framing framing;
    bool expects_continue = false;  ///< The client waits for "100 Continue" before it sends.
    std::chrono::milliseconds idle{};
  };

  /// All references outlive the body.
  RequestBody(Transport& transport, InputBuffer& input, RequestParser& parser, Options options);

  Awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override;

  /// Sets the limit of the route; too_large if the announced length is over it already.
  Status limit_to(std::uint64_t bytes);

  [[nodiscard]] std::uint64_t received() const { return received_; }

  /// True if nothing is left to read, or so little that reading it away keeps the connection; of a
  /// peer that went away or fell silent, nothing is waited for.
  [[nodiscard]] bool is_nearly_read() const;

  /// Reads away what is_nearly_read() left. An error means that the connection cannot go on.
  Awaitable<Status> skip_rest();

 private:
  Awaitable<Status> invite_body();
  Awaitable<Result<std::size_t>> read_sized(std::span<char> buffer);
  Awaitable<Result<std::size_t>> read_chunked(std::span<char> buffer);
  Awaitable<Status> fill_input();
  Awaitable<Result<std::size_t>> receive(std::span<char> buffer);
  [[nodiscard]] Error over_limit() const;

  Transport& transport_;
  InputBuffer& input_;
  RequestParser& parser_;
  Options options_;
  std::uint64_t limit_ = 0;
  std::uint64_t received_ = 0;
  bool done_ = false;
  bool broken_ = false;  ///< The connection failed.
};

}  // namespace athanor::http::detail
