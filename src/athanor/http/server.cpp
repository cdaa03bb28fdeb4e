#include "athanor/http/server.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <thread>
#include <unordered_map>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "athanor/async/task.hpp"
#include "athanor/core/blocked_signals.hpp"
#include "athanor/core/guarded.hpp"
#include "athanor/core/log.hpp"
#include "athanor/http/detail/session.hpp"
#include "athanor/http/detail/tcp_transport.hpp"
#include "athanor/http/detail/tls_transport.hpp"

namespace athanor::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto accept_retry = 100ms;  ///< Out of descriptors: give sessions time to end.
constexpr auto unwind_time = 1s;      ///< For handlers to notice that their connection is closed.
constexpr auto stop_poll = 10ms;

std::string address_text(const ServerOptions& options) {
  return fmt::format("{}:{}", options.address, options.port);
}

Error listen_error(const ServerOptions& options, const error_code& error) {
  const std::string address = address_text(options);
  if (error == asio::error::address_in_use) {
    return {ErrorCode::unavailable,
            fmt::format("{} is taken by another program; stop that one or choose another port "
                        "with --listen HOST:PORT",
                        address)};
  }
  return {ErrorCode::io,
          fmt::format("cannot listen on {}: {}; choose another address with --listen HOST:PORT",
                      address,
                      error.message())};
}

}  // namespace

struct Server::Implementation {
  struct Connection {
    std::shared_ptr<detail::Session> session;
    IoExecutor strand;
  };

  Implementation(ServerOptions options, ErrorRenderer render_error)
      : io(static_cast<int>(options.threads)),
        acceptor(asio::make_strand(io)),
        context{.options = std::move(options), .render_error = std::move(render_error)} {}

  Status load_tls();
  std::shared_ptr<detail::Transport> transport_of(tcp::socket socket) const;
  Awaitable<void> accept_connections();
  void start_session_or_log(tcp::socket socket);
  void start_session(tcp::socket socket);
  Awaitable<void> drain(std::chrono::milliseconds grace);
  Awaitable<void> wait_for_sessions(std::chrono::milliseconds patience);

  /// Calls `function(session)` on the strand of every session.
  template <class F>
  void for_each_session(F function) {
    connections.with([&function](auto& all) {
      for (auto& [id, connection] : all) {
        asio::post(connection.strand,
                   [session = connection.session, function] { function(*session); });
      }
    });
  }

  // Sockets and the pool that reads files go before the io_context that they complete on.
  asio::io_context io;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  detail::ServerContext context;
  Guarded<std::shared_ptr<const detail::TlsContext>> tls;  ///< Null for plain connections.
  Guarded<std::unordered_map<std::uint64_t, Connection>> connections;
  std::uint64_t next_connection = 0;
};

Status Server::Implementation::load_tls() {
  if (!context.options.tls) {
    return {};
  }
  // OpenSSL writes to sockets like to any file, where a peer that has gone raises a signal.
  std::signal(SIGPIPE, SIG_IGN);
  ATHANOR_TRY(auto loaded, detail::TlsContext::load(*context.options.tls));
  tls.with([&loaded](auto& current) { current = std::move(loaded); });
  return {};
}

std::shared_ptr<detail::Transport> Server::Implementation::transport_of(tcp::socket socket) const {
  const auto current = tls.with([](const auto& shared) { return shared; });
  if (current) {
    return std::make_shared<detail::TlsTransport>(std::move(socket), *current);
  }
  return std::make_shared<detail::TcpTransport>(std::move(socket));
}

Awaitable<void> Server::Implementation::accept_connections() {
  while (acceptor.is_open()) {
    tcp::socket socket(asio::make_strand(io));
    const auto [error] = co_await acceptor.async_accept(socket, as_result);
    if (!error) {
      start_session_or_log(std::move(socket));
    } else if (error != asio::error::operation_aborted && acceptor.is_open()) {
      log::warning("http", "cannot accept a connection: " + error.message());
      asio::steady_timer pause(acceptor.get_executor(), accept_retry);
      co_await pause.async_wait(as_result);
    }
  }
}

/// A connection that there is no memory for must not be the last one that is accepted.
void Server::Implementation::start_session_or_log(tcp::socket socket) {
  try {
    start_session(std::move(socket));
  } catch (const std::exception& failure) {
    log::error("http", fmt::format("cannot serve a connection: {}", failure.what()));
  }
}

void Server::Implementation::start_session(tcp::socket socket) {
  error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  const std::size_t open = connections.with([](auto& all) { return all.size(); });
  if (gone || open >= context.options.max_connections) {
    return;
  }
  const IoExecutor strand = socket.get_executor();
  auto session = std::make_shared<detail::Session>(
      context, transport_of(std::move(socket)), peer.address().to_string());
  const std::uint64_t id = next_connection++;
  connections.with([&](auto& all) { all.emplace(id, Connection{session, strand}); });
  const auto forget = [this, id] { connections.with([id](auto& all) { all.erase(id); }); };
  try {
    asio::co_spawn(strand, session->run(), [forget, session](const std::exception_ptr& failure) {
      if (failure) {
        log::error("http", "a session ended with an exception");
        session->close();  // Its timer may hold the socket for long, and the client would wait.
      }
      forget();
    });
  } catch (...) {
    forget();
    throw;
  }
}

Awaitable<void> Server::Implementation::drain(std::chrono::milliseconds grace) {
  error_code ignored;
  acceptor.close(ignored);
  for_each_session([](detail::Session& session) { session.stop_when_idle(); });
  co_await wait_for_sessions(grace);
  for_each_session([](detail::Session& session) { session.close(); });
  co_await wait_for_sessions(unwind_time);
}

Awaitable<void> Server::Implementation::wait_for_sessions(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  asio::steady_timer timer(acceptor.get_executor());
  while (connections.with([](auto& all) { return !all.empty(); }) &&
         std::chrono::steady_clock::now() < deadline) {
    timer.expires_after(stop_poll);
    co_await timer.async_wait(as_result);
  }
}

Server::Server(ServerOptions options, ErrorRenderer render_error)
    : implementation_(
          std::make_unique<Implementation>(std::move(options), std::move(render_error))) {}

Server::~Server() = default;

void Server::set_router(Router router) {
  implementation_->context.router = std::move(router);
}

void Server::set_guard(Guard guard) {
  implementation_->context.guard = std::move(guard);
}

namespace {

/// A program that a killed server was about to start may hold its port for a moment.
void bind_patiently(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, error_code& error) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor.bind(endpoint, error);
  while (error == asio::error::address_in_use && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    acceptor.bind(endpoint, error);
  }
}

}  // namespace

Status Server::listen() {
  auto& self = *implementation_;
  const auto& options = self.context.options;
  error_code error;
  const auto address =
      asio::ip::make_address(options.address == "localhost" ? "127.0.0.1" : options.address, error);
  if (error) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is no IP address; use 127.0.0.1, 0.0.0.0 or another of this "
                            "machine",
                            options.address));
  }
  ATHANOR_CHECK_OK(self.load_tls());
  const tcp::endpoint endpoint(address, options.port);
  self.acceptor.open(endpoint.protocol(), error);
  if (!error) {
    self.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    bind_patiently(self.acceptor, endpoint, error);
  }
  if (!error) {
    self.acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(listen_error(options, error));
  }
  self.port = self.acceptor.local_endpoint().port();
  asio::co_spawn(self.acceptor.get_executor(), self.accept_connections(), asio::detached);
  return {};
}

std::uint16_t Server::port() const {
  return implementation_->port;
}

Status Server::reload_tls() {
  return implementation_->load_tls();
}

IoExecutor Server::executor() {
  return implementation_->io.get_executor();
}

void Server::run() {
  auto& io = implementation_->io;
  std::vector<std::jthread> others;
  {
    const BlockedSignals blocked;
    for (std::size_t i = 1; i < implementation_->context.options.threads; ++i) {
      others.emplace_back([&io] { io.run(); });
    }
  }
  io.run();
}

Awaitable<void> Server::drain(std::chrono::milliseconds grace) {
  auto& self = *implementation_;
  self.context.stopping = true;
  co_await run_on(self.acceptor.get_executor(), self.drain(grace));
}

void Server::finish() {
  implementation_->io.stop();
}

void Server::stop(std::chrono::milliseconds grace) {
  auto stopping = [](Server& self, std::chrono::milliseconds patience) -> Awaitable<void> {
    co_await self.drain(patience);
    self.finish();
  };
  asio::co_spawn(executor(), stopping(*this, grace), asio::detached);
}

}  // namespace athanor::http
