#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "athanor/http/detail/transport.hpp"

namespace athanor::http::detail {

/// A TCP socket with deadlines. One timer watches the connection for its whole life and is set
/// anew only when a nearer deadline comes or it fires, so that deadlines cost next to nothing.
class TcpTransport : public Transport, public std::enable_shared_from_this<TcpTransport> {
 public:
  /// `socket` is connected and its executor is the connection's strand.
  explicit TcpTransport(boost::asio::ip::tcp::socket socket);

  Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, SteadyTime deadline) override;
  Awaitable<Status> write(std::string_view first,
                          std::string_view second,
                          std::chrono::milliseconds idle) override;
  void shutdown_send() override;
  void close() override;

 protected:
  /// Waits until the socket can be read or written, or the deadline has passed.
  Awaitable<Status> wait_until(boost::asio::socket_base::wait_type condition, SteadyTime deadline);
  [[nodiscard]] Error failure() const;

  [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  void watch(SteadyTime deadline);
  void arm();
  void on_timer();

  static constexpr SteadyTime never = SteadyTime::max();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  SteadyTime deadline_ = never;
  SteadyTime armed_for_ = never;
  bool timed_out_ = false;
};

}  // namespace athanor::http::detail
