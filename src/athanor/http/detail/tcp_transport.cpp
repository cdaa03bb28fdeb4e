#include "athanor/http/detail/tcp_transport.hpp"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace athanor::http::detail {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace

TcpTransport::TcpTransport(asio::ip::tcp::socket socket)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

Awaitable<Result<std::size_t>> TcpTransport::read_some(std::span<char> buffer,
                                                       SteadyTime deadline) {
  watch(deadline);
  const auto [error, count] =
      co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()), as_result);
  deadline_ = never;
  if (error == asio::error::eof) {
    co_return 0;
  }
  if (error) {
    co_return fail(failure());
  }
  co_return count;
}

Awaitable<Status> TcpTransport::write(std::string_view first,
                                      std::string_view second,
                                      std::chrono::milliseconds idle) {
  while (!first.empty() || !second.empty()) {
    // Most replies fit the socket's buffer: writing at once saves a turn of the event loop.
    const std::array buffers = {asio::buffer(first), asio::buffer(second)};
    error_code error;
    const std::size_t count = socket_.write_some(buffers, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      const auto deadline = std::chrono::steady_clock::now() + idle;
      ATHANOR_CO_CHECK_OK(co_await wait_until(asio::socket_base::wait_write, deadline));
    } else if (error) {
      co_return fail(failure());
    }
    const std::size_t of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
  co_return Status();
}

Awaitable<Status> TcpTransport::wait_until(asio::socket_base::wait_type condition,
                                           SteadyTime deadline) {
  watch(deadline);
  const auto [error] = co_await socket_.async_wait(condition, as_result);
  deadline_ = never;
  if (error) {
    co_return fail(failure());
  }
  co_return Status();
}

void TcpTransport::shutdown_send() {
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void TcpTransport::close() {
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void TcpTransport::watch(SteadyTime deadline) {
  timed_out_ = false;
  deadline_ = deadline;
  if (deadline_ < armed_for_) {
    arm();
  }
}

void TcpTransport::arm() {
  armed_for_ = deadline_;
  timer_.expires_at(armed_for_);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) {
      self->on_timer();
    }
  });
}

void TcpTransport::on_timer() {
  armed_for_ = never;
  if (deadline_ == never || !socket_.is_open()) {
    return;
  }
  if (std::chrono::steady_clock::now() < deadline_) {
    arm();
    return;
  }
  // The socket stays open, so that the session can still say what went wrong.
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

Error TcpTransport::failure() const {
  if (timed_out_) {
    return {ErrorCode::timed_out, "the peer was silent for too long"};
  }
  return {ErrorCode::io, "the peer closed the connection"};
}

}  // namespace athanor::http::detail
