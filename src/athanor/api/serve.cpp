#include "athanor/api/serve.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <set>
#include <sysexits.h>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "athanor/api/data_folder.hpp"
#include "athanor/api/expiry_sweep.hpp"
#include "athanor/api/guard.hpp"
#include "athanor/api/problem.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/routes.hpp"
#include "athanor/api/service_manager.hpp"
#include "athanor/api/services.hpp"
#include "athanor/async/timer.hpp"
#include "athanor/auth/loggable_path.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/datasets/report.hpp"
#include "athanor/datasets/staging.hpp"
#include "athanor/http/server.hpp"
#include "athanor/jobs/local_executor.hpp"

namespace athanor::api {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t io_threads = 2;
constexpr std::size_t blocking_threads = 8;

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

Result<Endpoint> parse_endpoint(const std::string& listen) {
  const auto colon = listen.rfind(':');
  Endpoint endpoint;
  endpoint.address = listen.substr(0, colon == std::string::npos ? 0 : colon);
  const char* const first = listen.data() + (colon == std::string::npos ? 0 : colon + 1);
  const char* const last = listen.data() + listen.size();
  const auto [stop, error] = std::from_chars(first, last, endpoint.port);
  if (endpoint.address.empty() || error != std::errc() || stop != last) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("--listen must be HOST:PORT such as 127.0.0.1:8000, not \"{}\"", listen));
  }
  // An IPv6 address comes in brackets.
  if (endpoint.address.front() == '[' && endpoint.address.back() == ']') {
    endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
  }
  if (endpoint.address == "localhost") {
    endpoint.address = "127.0.0.1";
  }
  return endpoint;
}

bool is_loopback(const std::string& address) {
  return address == "::1" || address.starts_with("127.");
}

Result<auth::Mode> auth_mode(const ServeOptions& options, const Endpoint& endpoint) {
  if (options.auth == "keys") {
    return auth::Mode::keys;
  }
  if (options.auth != "none") {
    return fail(ErrorCode::unsupported,
                fmt::format("--auth {} is not known: use none or keys", options.auth));
  }
  if (!is_loopback(endpoint.address)) {
    return fail(ErrorCode::forbidden,
                fmt::format("--auth none on {} would let anyone in: listen on 127.0.0.1, or use "
                            "--auth keys",
                            endpoint.address));
  }
  return auth::Mode::none;
}

Status check_tls(const ServeOptions& options) {
  if (options.tls.certificate.empty() != options.tls.key.empty()) {
    return fail(ErrorCode::invalid_argument,
                options.tls.key.empty() ? "--tls-certificate needs --tls-key"
                                        : "--tls-key needs --tls-certificate");
  }
  return {};
}

/// What is allowed but seldom meant.
Status warn_of_pitfalls(const ServeOptions& options,
                        const Endpoint& endpoint,
                        store::Store& store) {
  if (options.tls.certificate.empty() && !is_loopback(endpoint.address)) {
    log::warning("server",
                 "keys and tokens travel in the clear: use --tls-certificate and --tls-key, or "
                 "listen on 127.0.0.1 behind a proxy that speaks TLS",
                 {{"address", endpoint.address}});
  }
  ATHANOR_TRY(const auto users, store.users().list());
  if (users.empty() && options.auth == "keys") {
    log::warning("server", "nobody can log in yet: athanor user add NAME --data-dir DIR");
  }
  return {};
}

int threads_per_job(const ServeOptions& options) {
  if (options.threads > 0) {
    return options.threads;
  }
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::max(1, cores / std::max(1, options.slots));
}

http::ServerOptions server_options(const ServeOptions& asked, const Endpoint& endpoint) {
  http::ServerOptions options;
  options.address = endpoint.address;
  options.port = endpoint.port;
  options.threads = io_threads;
  options.cors_origins = asked.cors_origins;
  options.adapt_failure = offer_problem;
  options.loggable_path = auth::loggable_path;
  if (!asked.tls.certificate.empty()) {
    options.tls = asked.tls;
  }
  return options;
}

/// The server's parts, in the order in which they depend on each other.
class Application {
 public:
  Application(const ServeOptions& options,
              const Endpoint& endpoint,
              Metrics& metrics,
              auth::Mode mode,
              auth::TokenSigner signer,
              std::unique_ptr<store::Store> store)
      : metrics_(metrics),
        store_(store::observe(
            std::move(store),
            [this](Uuid job, store::JobChange change) { job_events_.changed(job, change); })),
        server_(options_with_metrics(options, endpoint), render),
        log_feeds_(options.data_folder, server_.executor()),
        job_events_(*store_, event_hub_, log_feeds_, metrics_),
        pool_(blocking_threads),
        authority_({mode, options.token_lifetime}, std::move(signer), store_->users(), pool_),
        supervisor_({options.data_folder, options.slots, threads_per_job(options)},
                    server_.executor(),
                    pool_,
                    *store_,
                    jobs::make_local_executor({options.worker_program, threads_per_job(options)},
                                              server_.executor())),
        sweep_(options.data_folder, server_.executor(), pool_),
        inspections_({options.worker_program, options.data_folder}, server_.executor(), pool_),
        services_{*store_,
                  pool_,
                  supervisor_,
                  authority_,
                  uploads_,
                  inspections_,
                  job_events_,
                  log_feeds_,
                  stream_seats_,
                  metrics_,
                  options.data_folder},
        has_tls_(!options.tls.certificate.empty()) {}

  Status run() {
    server_.set_router(http::Router(all_routes(services_)));
    server_.set_guard(make_guard(authority_));
    ATHANOR_CHECK_OK(server_.listen());
    stop_on_signal();
    reload_on_signal();
    ATHANOR_CHECK_OK(resume_inspections());
    sweep_.start();
    supervisor_.start();
    log::info("server", "listening", {{"port", server_.port()}});
    tell_service_manager("READY=1");
    feed_watchdog();
    server_.run();
    return {};
  }

 private:
  http::ServerOptions options_with_metrics(const ServeOptions& asked, const Endpoint& endpoint) {
    auto options = server_options(asked, endpoint);
    options.on_reply = [this](const http::ReplyReport& reply) { metrics_.reply_sent(reply); };
    return options;
  }

  static http::Response render(int status, const std::string& message) {
    return error_reply(status, message);
  }

  static void tell_service_manager(std::string_view state) {
    if (const auto told = notify_service_manager(state); !told) {
      log::warning("server", told.error().message);
    }
  }

  /// A server whose scheduler has gone silent is to be replaced, like one that hangs.
  void feed_watchdog() {
    watchdog_.call_after(limits::scheduler_beat, [this] {
      if (supervisor_.silence() < limits::scheduler_silence) {
        tell_service_manager("WATCHDOG=1");
      }
      feed_watchdog();
    });
  }

  /// Inspections that the last server left unfinished.
  Status resume_inspections() {
    ATHANOR_TRY(const auto folders, store_->datasets().data_folders());
    for (const auto& folder : folders) {
      if (datasets::has_report(services_.data_folder, folder) &&
          !std::filesystem::exists(services_.data_folder / jobs::inspection_name(folder))) {
        inspections_.request(folder);
      }
    }
    return {};
  }

  void stop_on_signal() {
    signals_.emplace(server_.executor(), SIGTERM, SIGINT);
    signals_->async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) {
        return;
      }
      log::info("server", "stopping", {{"signal", signal}});
      stop_at_once_on_next_signal();
      boost::asio::co_spawn(server_.executor(), shut_down(), boost::asio::detached);
    });
  }

  void stop_at_once_on_next_signal() {
    signals_->async_wait([](const boost::system::error_code& error, int signal) {
      if (!error) {
        // What was acknowledged is on disk, and workers are adopted by the next server.
        log::warning("server", "stopping at once", {{"signal", signal}});
        std::_Exit(128 + signal);
      }
    });
  }

  /// A renewed certificate needs no restart. Without one, SIGHUP ends the server as ever.
  void reload_on_signal() {
    if (has_tls_) {
      hangups_.emplace(server_.executor(), SIGHUP);
      wait_for_hangup();
    }
  }

  void wait_for_hangup() {
    hangups_->async_wait([this](const boost::system::error_code& error, int) {
      if (error) {
        return;
      }
      if (const auto reloaded = server_.reload_tls(); reloaded) {
        log::info("server", "certificate reloaded");
      } else {
        log::error("server", "the old certificate stays: " + reloaded.error().message);
      }
      wait_for_hangup();
    });
  }

  /// Nothing new, the end of what is under way, then the end of the supervision: jobs go on.
  Awaitable<void> shut_down() {
    tell_service_manager("STOPPING=1");
    event_hub_.close();
    log_feeds_.close();
    co_await server_.drain(limits::shutdown_grace);
    co_await sweep_.stop();
    co_await inspections_.stop();
    co_await supervisor_.stop();
    server_.finish();
  }

  Metrics& metrics_;
  std::unique_ptr<store::Store> store_;
  http::Server server_;
  http::EventHub event_hub_;
  http::Seats stream_seats_{limits::event_clients};
  jobs::LogFeeds log_feeds_;
  JobEvents job_events_;
  BlockingPool pool_;  // Joined before the server's executor goes, and what its work refers to.
  UploadDesk uploads_;
  auth::Authority authority_;
  jobs::Supervisor supervisor_;
  ExpirySweep sweep_;
  jobs::Inspections inspections_;
  Services services_;
  bool has_tls_;
  std::optional<boost::asio::signal_set> signals_;
  Timer watchdog_{server_.executor()};
  std::optional<boost::asio::signal_set> hangups_;
};

/// Removes what a crash in an upload left behind. Former data that an adopted job may still read
/// are noted as removed and left to the supervisor.
Status remove_leftovers(store::Store& store, const std::filesystem::path& data_folder) {
  ATHANOR_TRY(const auto folders, store.datasets().data_folders());
  ATHANOR_TRY(const auto removed, store.removed_folders().list());
  std::set<std::string> known(folders.begin(), folders.end());
  known.insert(removed.begin(), removed.end());
  return datasets::remove_leftovers(
      data_folder, [&](const std::string& folder) { return known.contains(folder); });
}

Status serve_checked(const ServeOptions& options) {
  // A limit on the size of files is an error of the write, not the server's end.
  std::signal(SIGXFSZ, SIG_IGN);
  ATHANOR_TRY(const auto endpoint, parse_endpoint(options.listen));
  ATHANOR_TRY(const auto mode, auth_mode(options, endpoint));
  ATHANOR_CHECK_OK(check_tls(options));
  log::set_level(options.log_level);
  ATHANOR_TRY(const auto folder, open_data_folder(options.data_folder));
  Metrics metrics;
  ATHANOR_TRY(auto store,
              store::open_store(store_url_of(folder, options.store_url),
                                [&metrics](bool writes, std::chrono::duration<double> duration) {
                                  metrics.store_called(writes, duration);
                                }));
  ATHANOR_TRY(auto signer, auth::open_signer(folder));
  ATHANOR_CHECK_OK(remove_leftovers(*store, folder));
  ATHANOR_CHECK_OK(warn_of_pitfalls(options, endpoint, *store));
  ServeOptions absolute = options;
  absolute.data_folder = folder;
  Application application(absolute, endpoint, metrics, mode, std::move(signer), std::move(store));
  return application.run();
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::unsupported:
      return EX_USAGE;
    case ErrorCode::forbidden:
      return EX_NOPERM;
    case ErrorCode::not_found:
      return EX_NOINPUT;
    case ErrorCode::io:
      return EX_IOERR;
    default:
      return EX_UNAVAILABLE;
  }
}

}  // namespace

int serve(const ServeOptions& options) {
  const auto served = serve_checked(options);
  if (!served) {
    log::error("server", served.error().message);
    return exit_code(served.error().code);
  }
  return EX_OK;
}

}  // namespace athanor::api
