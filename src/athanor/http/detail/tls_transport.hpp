#pragma once

#include "athanor/http/detail/tcp_transport.hpp"
#include "athanor/http/detail/tls_context.hpp"

namespace athanor::http::detail {

/// TLS over a TCP socket with deadlines. OpenSSL works on the socket itself, which never blocks:
/// it reads or writes what it can and says what to wait for. The handshake is part of the first
/// reading and falls under its deadline.
class TlsTransport final : public TcpTransport {
 public:
  TlsTransport(boost::asio::ip::tcp::socket socket, const TlsContext& context);

  Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, SteadyTime deadline) override;
  Awaitable<Status> write(std::string_view first,
                          std::string_view second,
                          std::chrono::milliseconds idle) override;
  void shutdown_send() override;
  void close() override;

 private:
  Awaitable<Status> send_all(std::string_view bytes, std::chrono::milliseconds idle);
  Awaitable<Status> wait_for(int reason, SteadyTime deadline);
  void say_goodbye();

  std::unique_ptr<SSL, FreeTls> session_;
  bool broken_ = false;  ///< Nothing may be sent any more, not even a goodbye.
};

}  // namespace athanor::http::detail
