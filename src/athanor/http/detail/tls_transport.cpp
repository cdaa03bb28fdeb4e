#include "athanor/http/detail/tls_transport.hpp"

#include <string>

#include <openssl/err.h>

#include "athanor/core/limits.hpp"

namespace athanor::http::detail {

namespace asio = boost::asio;

namespace {

constexpr std::size_t record_bytes = 16 * limits::kib;  ///< The most that one TLS record holds.

}  // namespace

TlsTransport::TlsTransport(asio::ip::tcp::socket socket, const TlsContext& context)
    : TcpTransport(std::move(socket)),
      session_(context.new_session(this->socket().native_handle())) {}

Awaitable<Result<std::size_t>> TlsTransport::read_some(std::span<char> buffer,
                                                       SteadyTime deadline) {
  // A closed socket's number may be another connection's by now, so OpenSSL must not use it.
  while (socket().is_open()) {
    std::size_t count = 0;
    ERR_clear_error();
    const int done = SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &count);
    if (done == 1) {
      co_return count;
    }
    const int reason = SSL_get_error(session_.get(), done);
    if (reason == SSL_ERROR_ZERO_RETURN) {
      co_return 0;
    }
    ATHANOR_CO_CHECK_OK(co_await wait_for(reason, deadline));
  }
  co_return fail(failure());
}

Awaitable<Status> TlsTransport::write(std::string_view first,
                                      std::string_view second,
                                      std::chrono::milliseconds idle) {
  if (first.size() + second.size() <= record_bytes) {
    // Most replies: one record and one packet instead of two.
    const std::string both = std::string(first).append(second);
    co_return co_await send_all(both, idle);
  }
  ATHANOR_CO_CHECK_OK(co_await send_all(first, idle));
  co_return co_await send_all(second, idle);
}

Awaitable<Status> TlsTransport::send_all(std::string_view bytes, std::chrono::milliseconds idle) {
  while (!bytes.empty()) {
    if (!socket().is_open()) {
      co_return fail(failure());
    }
    std::size_t count = 0;
    ERR_clear_error();
    const int done = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count);
    if (done == 1) {
      bytes.remove_prefix(count);
      continue;
    }
    const int reason = SSL_get_error(session_.get(), done);
    ATHANOR_CO_CHECK_OK(co_await wait_for(reason, std::chrono::steady_clock::now() + idle));
  }
  co_return Status();
}

Awaitable<Status> TlsTransport::wait_for(int reason, SteadyTime deadline) {
  if (reason == SSL_ERROR_WANT_READ) {
    co_return co_await wait_until(asio::socket_base::wait_read, deadline);
  }
  if (reason == SSL_ERROR_WANT_WRITE) {
    co_return co_await wait_until(asio::socket_base::wait_write, deadline);
  }
  broken_ = true;
  co_return fail(failure());
}

void TlsTransport::shutdown_send() {
  say_goodbye();
  TcpTransport::shutdown_send();
}

void TlsTransport::close() {
  say_goodbye();
  TcpTransport::close();
}

void TlsTransport::say_goodbye() {
  // Sent if the socket takes it at once: nobody waits for a peer that does not read.
  const bool has_begun = SSL_is_init_finished(session_.get()) == 1;
  const bool has_ended = (SSL_get_shutdown(session_.get()) & SSL_SENT_SHUTDOWN) != 0;
  if (has_begun && !has_ended && !broken_ && socket().is_open()) {
    SSL_shutdown(session_.get());
  }
  ERR_clear_error();
}

}  // namespace athanor::http::detail
