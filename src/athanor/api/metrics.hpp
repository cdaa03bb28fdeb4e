#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "athanor/http/server.hpp"
#include "athanor/store/store.hpp"

namespace athanor::api {

/// What the server counts and times, for Prometheus. Labels are route patterns, actions and
/// states, never ids, so the number of series is bounded. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void reply_sent(const http::ReplyReport& reply);
  void store_called(bool writes, std::chrono::duration<double> duration);

  /// Times how long jobs wait in the queue, from what they look like after each change.
  void job_changed(const store::JobRecord& job);

  /// What has to be looked at when somebody asks.
  struct Levels {
    std::vector<store::JobCount> jobs;
    std::size_t event_stream_clients = 0;
    int job_slots = 0;
  };

  /// All metrics in Prometheus' text format, with `levels` and the process's own.
  [[nodiscard]] std::string text(const Levels& levels);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::api
