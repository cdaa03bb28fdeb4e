#pragma once

#include <memory>

#include "athanor/api/data_folder.hpp"
#include "athanor/api/expiry_sweep.hpp"
#include "athanor/api/serve_options.hpp"
#include "athanor/api/services.hpp"
#include "athanor/api/signals.hpp"
#include "athanor/async/timer.hpp"
#include "athanor/auth/token.hpp"
#include "athanor/core/error.hpp"
#include "athanor/http/event_stream.hpp"

namespace athanor::api {

/// The server's parts, in the order in which they depend on each other.
class Application {
 public:
  /// The options' data folder is absolute; `metrics` outlives this.
  Application(const Settings& settings,
              Metrics& metrics,
              auth::TokenSigner signer,
              std::unique_ptr<store::Store> store);

  /// Serves until a signal ends it.
  [[nodiscard]] Status run();

 private:
  [[nodiscard]] http::ServerOptions server_options(const Settings& settings);
  void heed_signals();
  void feed_watchdog();
  [[nodiscard]] Status resume_inspections();
  Awaitable<void> shut_down();

  Metrics& metrics_;
  std::unique_ptr<store::Store> store_;
  http::Server server_;
  http::EventHub event_hub_;
  http::Seats stream_seats_{limits::event_clients};
  jobs::LogFeeds log_feeds_;
  JobEvents job_events_;
  BlockingPool pool_;  // Joined before the server's executor goes, and what its work refers to.
  BlockingPool writing_pool_;
  UploadDesk uploads_;
  auth::Authority authority_;
  jobs::Supervisor supervisor_;
  ExpirySweep sweep_;
  jobs::Inspections inspections_;
  jobs::WeightsImport imports_;
  Services services_;
  bool has_tls_;
  Signals signals_{server_.executor()};
  Timer watchdog_{server_.executor()};
};

}  // namespace athanor::api
