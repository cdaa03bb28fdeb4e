#include "unit/http/test_server.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdlib>
#include <netinet/in.h>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>

namespace athanor::http::testing {

TestServer::TestServer(std::vector<Route> routes, ServerOptions options, Guard guard)
    : server_(std::move(options), [](int status, const std::string& message) {
        Response response;
        response.status = status;
        response.body = message;
        return response;
      }) {
  server_.set_router(Router(std::move(routes)));
  server_.set_guard(std::move(guard));
  if (const auto status = server_.listen(); !status) {
    throw std::runtime_error(status.error().message);
  }
  thread_ = std::thread([this] { server_.run(); });
}

TestServer::~TestServer() {
  stop();
}

std::string TestServer::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", port(), path);
}

void TestServer::stop(std::chrono::milliseconds grace) {
  if (thread_.joinable()) {
    server_.stop(grace);
    thread_.join();
  }
}

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("cannot connect to the server under test");
  }
}

RawClient::~RawClient() {
  close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawClient::shutdown_send() {
  shutdown(socket_, SHUT_WR);
}

std::string RawClient::read_until(std::string_view end) {
  std::string all;
  std::array<char, 65536> piece;
  while (end.empty() || all.find(end) == std::string::npos) {
    const ssize_t count = recv(socket_, piece.data(), piece.size(), 0);
    if (count <= 0) {
      break;
    }
    all.append(piece.data(), static_cast<std::size_t>(count));
  }
  return all;
}

std::string RawClient::read_to_close() {
  return read_until({});
}

std::string exchange(std::uint16_t port, std::string_view request) {
  RawClient client(port);
  client.send(request);
  return client.read_to_close();
}

int status_of(std::string_view reply) {
  int status = 0;
  if (reply.starts_with("HTTP/1.1 ")) {
    std::from_chars(reply.data() + 9, reply.data() + reply.size(), status);
  }
  return status;
}

TlsFiles make_certificate(const std::filesystem::path& folder, const std::string& name) {
  TlsFiles files{folder / (name + ".crt"), folder / (name + ".key")};
  const auto command = fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN={} -addext subjectAltName=IP:127.0.0.1 -out {} -keyout {} 2>/dev/null",
      name,
      files.certificate.string(),
      files.key.string());
  if (std::system(command.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe): a test's own thread.
    throw std::runtime_error("openssl(1) could not make a certificate");
  }
  return files;
}

Route route(Method method, std::string pattern, Handler handler) {
  Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.handler = std::move(handler);
  return route;
}

Handler text(std::string body) {
  return [body = std::move(body)](Request) -> Awaitable<Response> {
    Response response;
    response.body = body;
    co_return response;
  };
}

Handler echo() {
  return [](Request request) -> Awaitable<Response> {
    Response response;
    auto body = co_await read_all(*request.body, SIZE_MAX);
    const auto status_of_failure = [](ErrorCode code) {
      return code == ErrorCode::too_large ? 413 : code == ErrorCode::timed_out ? 408 : 400;
    };
    response.status = body ? 200 : status_of_failure(body.error().code);
    response.body = body ? *std::move(body) : body.error().message;
    co_return response;
  };
}

}  // namespace athanor::http::testing
