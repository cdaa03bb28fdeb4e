#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/http/router.hpp"

namespace athanor::http {

/// Turns a failure that no handler answered (unknown route, malformed request, limit, exception)
/// into a reply; api/ supplies the JSON envelope.
using ErrorRenderer = std::function<Response(int status, const std::string& message)>;

/// What a guard knows of a request. Its body is not read before the guard lets it pass.
struct Visitor {
  std::vector<std::string> segments;  ///< Of the path, as the router sees them.
  std::string authorization;          ///< That field; empty where there is none or several.
};

/// Decides who may ask, before anything is looked for: nullopt lets the request pass, a reply
/// refuses it. It is asked again now and then while a StreamBody goes on. OPTIONS always passes,
/// since a browser's preflight carries no credentials.
using Guard = std::function<Awaitable<std::optional<Response>>(Visitor)>;

/// How long the server waits for a client; see limits.hpp.
struct Deadlines {
  std::chrono::milliseconds header = limits::header_deadline;
  std::chrono::milliseconds body_idle = limits::body_idle_deadline;
  std::chrono::milliseconds write_idle = limits::write_idle_deadline;
  std::chrono::milliseconds keep_alive_idle = limits::keep_alive_idle;
  std::chrono::milliseconds linger = limits::linger_deadline;
};

/// A reply that was sent, for metrics.
struct ReplyReport {
  std::string_view method;  ///< "GET"; empty where no route was found.
  std::string_view route;   ///< Its pattern; empty likewise. Both live as long as the server.
  int status = 0;
  std::uint64_t received_bytes = 0;  ///< Of the request's body, as far as it was read.
  std::uint64_t sent_bytes = 0;      ///< Of the reply's body.
  std::chrono::duration<double> duration{};
};

/// PEM files: the certificate with the chain above it, and its private key without a passphrase.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 takes any free one.
  std::size_t threads = 2;
  /// With it connections speak TLS 1.2 or newer, and nothing else; the process then ignores
  /// SIGPIPE.
  std::optional<TlsFiles> tls;
  /// Paths may start with this segment ("/default/api/v1/..."); empty for none.
  std::string optional_prefix = "default";
  /// What stands in for a path in the access log (keys in the login path are masked).
  std::function<std::string(const std::string& path)> loggable_path;
  /// Told of every reply once it is sent, on the connection's strand.
  std::function<void(const ReplyReport&)> on_reply;
  /// Gives a reply of 400 and above, whoever made it, the form that path and Accept field ask for.
  std::function<void(std::string_view path, std::string_view accept, Response& reply)>
      adapt_failure;
  /// Web origins whose scripts may read replies ("https://example.org"); "*" for any.
  std::vector<std::string> cors_origins;
  std::size_t max_connections = limits::connections;
  Deadlines deadlines;
  /// Of asking the guard again while a stream goes on.
  std::chrono::milliseconds guard_interval = std::chrono::seconds(1);
};

/// The listener and its sessions: one strand per connection, handlers as coroutines.
class Server {
 public:
  Server(ServerOptions options, ErrorRenderer render_error);
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// What to serve; once, before run(). Routes may need executor(), hence not the constructor.
  void set_router(Router router);

  /// Who may ask; before run(). Without a guard everyone may.
  void set_guard(Guard guard);

  /// Binds and listens; the port is then known. Errors name the address or file and the mend.
  [[nodiscard]] Status listen();
  [[nodiscard]] std::uint16_t port() const;

  /// Reads the certificate and key anew, for new connections; after an error the old ones stay.
  /// Thread-safe.
  [[nodiscard]] Status reload_tls();

  /// The executor for background coroutines of the control plane (timers, job supervisor).
  [[nodiscard]] IoExecutor executor();

  /// Serves until stop(); blocks the calling thread, which counts as one of the threads and alone
  /// of them takes signals. What handlers hand work to (a BlockingPool) must be destroyed before
  /// the server, and what they refer to after it.
  void run();

  /// Stops accepting, lets running requests end within `grace`, then closes what is left. From any
  /// executor.
  Awaitable<void> drain(std::chrono::milliseconds grace);

  /// Ends run(); what still waits is dropped. Thread-safe.
  void finish();

  /// Both, one after the other. Thread-safe.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::http
