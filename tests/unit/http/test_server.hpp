#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

#include "athanor/http/server.hpp"

namespace athanor::http::testing {

/// A server on a free loopback port, with threads of its own, stopped at the end of the test.
class TestServer {
 public:
  explicit TestServer(std::vector<Route> routes, ServerOptions options = {}, Guard guard = {});
  ~TestServer();

  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  [[nodiscard]] std::string url(std::string_view path) const;

  Server& server() { return server_; }

  /// Stops and waits; later calls do nothing.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

 private:
  Server server_;
  std::thread thread_;
};

/// A blocking socket that sends exactly the given bytes.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();

  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False once the server has closed the connection.
  bool send(std::string_view bytes);
  void shutdown_send();

  /// Everything until `end` has come (or the server closes, or ten seconds pass).
  std::string read_until(std::string_view end);
  std::string read_to_close();

  [[nodiscard]] int socket() const { return socket_; }

 private:
  int socket_ = -1;
};

/// Sends a request and gives everything until the server closes.
std::string exchange(std::uint16_t port, std::string_view request);

/// "HTTP/1.1 404 Not Found..." gives 404; 0 if the text is no reply.
int status_of(std::string_view reply);

/// A self-signed certificate for 127.0.0.1 and its key, made by openssl(1) in `folder`.
TlsFiles make_certificate(const std::filesystem::path& folder, const std::string& name = "server");

Route route(Method method, std::string pattern, Handler handler);

/// Replies with a fixed text.
Handler text(std::string body);

/// Replies with the request's body.
Handler echo();

}  // namespace athanor::http::testing
