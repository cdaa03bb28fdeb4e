#include "athanor/http/detail/request_body.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"

namespace athanor::http::detail {

namespace {

/// Without room to read into, a chunked upload comes in tiny reads at many times the CPU.
constexpr std::size_t chunked_input_bytes = 128 * limits::kib;

}  // namespace

RequestBody::RequestBody(Transport& transport,
                         InputBuffer& input,
                         RequestParser& parser,
                         Options options)
    : transport_(transport),
      input_(input),
      parser_(parser),
      options_(options),
      done_(!options.framing.chunked && options.framing.length == 0) {}

Awaitable<Result<std::size_t>> RequestBody::read_some(std::span<char> buffer) {
  if (done_ || buffer.empty()) {
    co_return 0;
  }
  if (options_.expects_continue) {
    ATHANOR_CO_CHECK_OK(co_await invite_body());
  }
  if (options_.framing.chunked) {
    co_return co_await read_chunked(buffer);
  }
  co_return co_await read_sized(buffer);
}

Status RequestBody::limit_to(std::uint64_t bytes) {
  limit_ = bytes;
  if (options_.framing.length > limit_) {
    return fail(over_limit());
  }
  return {};
}

bool RequestBody::is_nearly_read() const {
  if (done_) {
    return true;
  }
  return !broken_ && !options_.expects_continue && !options_.framing.chunked &&
         options_.framing.length - received_ <= limits::unread_body_bytes;
}

Awaitable<Status> RequestBody::skip_rest() {
  std::array<char, 4096> scratch;
  while (!done_) {
    ATHANOR_CO_CHECK_OK(co_await read_sized(scratch));
  }
  co_return Status();
}

Awaitable<Status> RequestBody::invite_body() {
  options_.expects_continue = false;
  if (input_.size() > 0) {
    co_return Status();
  }
  co_return co_await transport_.write("HTTP/1.1 100 Continue\r\n\r\n", {}, options_.idle);
}

Awaitable<Result<std::size_t>> RequestBody::read_sized(std::span<char> buffer) {
  const std::uint64_t left = options_.framing.length - received_;
  if (buffer.size() > left) {
    buffer = buffer.first(static_cast<std::size_t>(left));
  }
  std::size_t count = std::min(buffer.size(), input_.size());
  if (count > 0) {
    std::memcpy(buffer.data(), input_.data().data(), count);
    input_.consume(count);
  } else {
    ATHANOR_CO_TRY(count, co_await receive(buffer));
  }
  received_ += count;
  done_ = received_ == options_.framing.length;
  co_return count;
}

Awaitable<Result<std::size_t>> RequestBody::read_chunked(std::span<char> buffer) {
  while (!done_) {
    if (input_.size() == 0) {
      ATHANOR_CO_CHECK_OK(co_await fill_input());
    }
    auto progress = parser_.parse_chunks(text_of(input_), buffer);
    if (!progress) {
      const bool too_large = progress.error().status == 413;
      co_return fail(too_large ? ErrorCode::too_large : ErrorCode::invalid_argument,
                     std::move(progress.error().message));
    }
    input_.consume(progress->consumed);
    done_ = progress->done;
    received_ += progress->produced;
    if (received_ > limit_) {
      co_return fail(over_limit());
    }
    if (progress->produced > 0) {
      co_return progress->produced;
    }
    if (!done_ && input_.size() > 0) {
      ATHANOR_CO_CHECK_OK(co_await fill_input());
    }
  }
  co_return 0;
}

Awaitable<Status> RequestBody::fill_input() {
  if (input_.size() == input_.max_size()) {
    co_return fail(ErrorCode::too_large, "a chunk header or the trailers are too large");
  }
  input_.reserve(chunked_input_bytes);
  const auto free = input_.prepare(input_.max_size() - input_.size());
  ATHANOR_CO_TRY(const std::size_t count,
                 co_await receive({static_cast<char*>(free.data()), free.size()}));
  input_.commit(count);
  co_return Status();
}

/// What comes next on the connection, a byte at least.
Awaitable<Result<std::size_t>> RequestBody::receive(std::span<char> buffer) {
  const auto deadline = std::chrono::steady_clock::now() + options_.idle;
  auto count = co_await transport_.read_some(buffer, deadline);
  if (count && *count == 0) {
    count = fail(ErrorCode::io, "the peer closed the connection in the middle of the body");
  }
  broken_ = !count;
  co_return count;
}

Error RequestBody::over_limit() const {
  return {ErrorCode::too_large,
          fmt::format("the body is larger than the {} bytes allowed here", limit_)};
}

}  // namespace athanor::http::detail
