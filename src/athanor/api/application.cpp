#include "athanor/api/application.hpp"

#include <filesystem>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "athanor/api/guard.hpp"
#include "athanor/api/problem.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/routes.hpp"
#include "athanor/api/service_manager.hpp"
#include "athanor/api/tus.hpp"
#include "athanor/auth/loggable_path.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/datasets/report.hpp"
#include "athanor/jobs/local_executor.hpp"

namespace athanor::api {

namespace {

constexpr std::size_t io_threads = 2;
constexpr std::size_t blocking_threads = 8;
constexpr std::size_t writing_threads = 64;  ///< They wait together, for one commit (store/).

http::Response render_failure(int status, const std::string& message) {
  return error_reply(status, message);
}

/// Guard and router know nothing of a route's protocol.
void adapt_failure(std::string_view path, std::string_view accept, http::Response& reply) {
  offer_problem(accept, reply);
  if (is_tus_path(path)) {
    reply.headers.set("Tus-Resumable", tus_version);
  }
}

void tell_service_manager(std::string_view state) {
  if (const auto told = notify_service_manager(state); !told) {
    log::warning("server", told.error().message);
  }
}

}  // namespace

Application::Application(const Settings& settings,
                         Metrics& metrics,
                         auth::TokenSigner signer,
                         std::unique_ptr<store::Store> store)
    : metrics_(metrics),
      store_(store::observe(
          std::move(store),
          [this](Uuid job, store::JobChange change) { job_events_.changed(job, change); })),
      server_(server_options(settings), render_failure),
      log_feeds_(settings.options.data_folder, server_.executor()),
      job_events_(*store_, event_hub_, log_feeds_, metrics_),
      pool_(blocking_threads),
      writing_pool_(writing_threads),
      authority_({settings.mode, settings.options.token_lifetime},
                 std::move(signer),
                 store_->users(),
                 pool_),
      supervisor_(
          {settings.options.data_folder, settings.options.slots, settings.threads_per_job},
          server_.executor(),
          pool_,
          *store_,
          jobs::make_local_executor({settings.options.worker_program, settings.threads_per_job},
                                    server_.executor())),
      sweep_(settings.options.data_folder, server_.executor(), pool_),
      inspections_({settings.options.worker_program, settings.options.data_folder},
                   server_.executor(),
                   pool_),
      imports_(settings.options.worker_program, uploads_.pool()),
      services_{*store_,
                pool_,
                writing_pool_,
                supervisor_,
                authority_,
                uploads_,
                inspections_,
                imports_,
                job_events_,
                log_feeds_,
                stream_seats_,
                metrics_,
                settings.options.data_folder,
                settings.proxies},
      has_tls_(!settings.options.tls.certificate.empty()) {}

Status Application::run() {
  server_.set_router(http::Router(all_routes(services_)));
  server_.set_guard(make_guard(authority_));
  ATHANOR_CHECK_OK(server_.listen());
  heed_signals();
  ATHANOR_CHECK_OK(resume_inspections());
  sweep_.start();
  supervisor_.start();
  log::info("server", "listening", {{"port", server_.port()}});
  tell_service_manager("READY=1");
  feed_watchdog();
  server_.run();
  return {};
}

http::ServerOptions Application::server_options(const Settings& settings) {
  http::ServerOptions options;
  options.address = settings.endpoint.address;
  options.port = settings.endpoint.port;
  options.threads = io_threads;
  options.cors_origins = settings.options.cors_origins;
  options.adapt_failure = adapt_failure;
  options.loggable_path = auth::loggable_path;
  options.on_reply = [this](const http::ReplyReport& reply) { metrics_.reply_sent(reply); };
  if (!settings.options.tls.certificate.empty()) {
    options.tls = settings.options.tls;
  }
  return options;
}

void Application::heed_signals() {
  signals_.on_end(
      [this] { boost::asio::co_spawn(server_.executor(), shut_down(), boost::asio::detached); });
  if (!has_tls_) {
    return;  // SIGHUP ends the server as ever.
  }
  signals_.on_hangup([this] {
    // A renewed certificate needs no restart.
    if (const auto reloaded = server_.reload_tls(); reloaded) {
      log::info("server", "certificate reloaded");
    } else {
      log::error("server", "the old certificate stays: " + reloaded.error().message);
    }
  });
}

/// A server whose scheduler has gone silent is to be replaced, like one that hangs.
void Application::feed_watchdog() {
  watchdog_.call_after(limits::scheduler_beat, [this] {
    if (supervisor_.silence() < limits::scheduler_silence) {
      tell_service_manager("WATCHDOG=1");
    }
    feed_watchdog();
  });
}

/// Inspections that the last server left unfinished.
Status Application::resume_inspections() {
  ATHANOR_TRY(const auto folders, store_->datasets().data_folders());
  for (const auto& folder : folders) {
    if (datasets::has_report(services_.data_folder, folder) &&
        !std::filesystem::exists(services_.data_folder / jobs::inspection_name(folder))) {
      inspections_.request(folder);
    }
  }
  return {};
}

/// Nothing new, the end of what is under way, then the end of the supervision: jobs go on.
Awaitable<void> Application::shut_down() {
  tell_service_manager("STOPPING=1");
  event_hub_.close();
  log_feeds_.close();
  co_await server_.drain(limits::shutdown_grace);
  uploads_.stop();
  co_await sweep_.stop();
  co_await inspections_.stop();
  co_await supervisor_.stop();
  server_.finish();
}

}  // namespace athanor::api
