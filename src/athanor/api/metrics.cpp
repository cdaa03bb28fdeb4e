#include "athanor/api/metrics.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <sys/resource.h>
#include <tuple>
#include <unistd.h>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "athanor/core/guarded.hpp"

namespace athanor::api {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries request_seconds = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
const Histogram::BucketBoundaries store_seconds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
const Histogram::BucketBoundaries queue_seconds = {
    0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600};

template <class Builder>
auto& add(prometheus::Registry& registry, Builder builder, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

double unix_time(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  std::error_code unknown;
  const std::filesystem::directory_iterator entries("/proc/self/fd", unknown);
  return static_cast<double>(std::distance(begin(entries), end(entries)));
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

struct Metrics::Implementation {
  /// The series of one kind of reply, found once.
  struct ReplySeries {
    Histogram* duration = nullptr;
    Counter* received = nullptr;
    Counter* sent = nullptr;
  };

  /// Route's pattern and method, class of status.
  using ReplyKey = std::tuple<std::string_view, std::string_view, int>;

  ReplySeries series_of(const ReplyKey& key) {
    const auto& [route, method, status_class] = key;
    const prometheus::Labels labels = {{"route", std::string(route)},
                                       {"method", std::string(method)},
                                       {"status", fmt::format("{}xx", status_class)}};
    return {&durations.Add(labels, request_seconds),
            &received_bytes.Add(labels),
            &sent_bytes.Add(labels)};
  }

  void set_levels(const Levels& levels) {
    // A kind of job that is no longer there goes down to 0 instead of staying as it was.
    for (auto& [key, gauge] : job_gauges) {
      gauge->Set(0);
    }
    for (const auto& count : levels.jobs) {
      auto& gauge = job_gauges[{std::string(name_of(count.state)), count.action}];
      if (gauge == nullptr) {
        gauge = &jobs.Add({{"state", std::string(name_of(count.state))}, {"action", count.action}});
      }
      gauge->Set(static_cast<double>(count.jobs));
    }
    clients.Set(static_cast<double>(levels.event_stream_clients));
    slots.Set(levels.job_slots);
    memory.Set(resident_bytes());
    descriptors.Set(open_descriptors());
    processor.Increment(std::max(0.0, processor_seconds() - processor.Value()));
  }

  prometheus::Registry registry;
  Family<Histogram>& durations = add(registry,
                                     prometheus::BuildHistogram(),
                                     "athanor_http_request_duration_seconds",
                                     "From a request's first byte to its reply's last");
  Family<Counter>& received_bytes = add(registry,
                                        prometheus::BuildCounter(),
                                        "athanor_http_received_bytes_total",
                                        "Bytes of request bodies, uploads above all");
  Family<Counter>& sent_bytes = add(registry,
                                    prometheus::BuildCounter(),
                                    "athanor_http_sent_bytes_total",
                                    "Bytes of reply bodies");
  Family<Histogram>& store_calls = add(registry,
                                       prometheus::BuildHistogram(),
                                       "athanor_store_duration_seconds",
                                       "Of transactions, waiting for their turn included");
  Histogram& store_reads = store_calls.Add({{"kind", "read"}}, store_seconds);
  Histogram& store_writes = store_calls.Add({{"kind", "write"}}, store_seconds);
  Family<Histogram>& queue_waits = add(registry,
                                       prometheus::BuildHistogram(),
                                       "athanor_job_queue_seconds",
                                       "From a job's last queueing to its start");
  Family<Gauge>& jobs = add(
      registry, prometheus::BuildGauge(), "athanor_jobs", "Jobs on record, by state and action");
  Gauge& clients = add(registry,
                       prometheus::BuildGauge(),
                       "athanor_event_stream_clients",
                       "Clients of event streams, logs that are followed included")
                       .Add({});
  Gauge& slots =
      add(registry, prometheus::BuildGauge(), "athanor_job_slots", "Jobs that may run at once")
          .Add({});
  Gauge& started = add(registry,
                       prometheus::BuildGauge(),
                       "process_start_time_seconds",
                       "Start of the process, since 1970")
                       .Add({});
  Gauge& memory =
      add(registry, prometheus::BuildGauge(), "process_resident_memory_bytes", "Resident memory")
          .Add({});
  Gauge& descriptors =
      add(registry, prometheus::BuildGauge(), "process_open_fds", "Open file descriptors").Add({});
  Counter& processor = add(registry,
                           prometheus::BuildCounter(),
                           "process_cpu_seconds_total",
                           "Processor time, user and system")
                           .Add({});
  Gauge& build =
      add(registry, prometheus::BuildGauge(), "athanor_build_info", "The program's version")
          .Add({{"version", ATHANOR_VERSION}});

  Guarded<std::map<ReplyKey, ReplySeries>> reply_series;
  std::map<std::pair<std::string, std::string>, Gauge*> job_gauges;  ///< Under scrape.
  std::mutex scrape;

  /// Since when jobs wait, as far as this process has seen them being queued.
  Guarded<std::unordered_map<Uuid, std::chrono::system_clock::time_point>> queued_since;
};

Metrics::Metrics() : implementation_(std::make_unique<Implementation>()) {
  implementation_->started.Set(unix_time(std::chrono::system_clock::now()));
  implementation_->build.Set(1);
}

Metrics::~Metrics() = default;

void Metrics::reply_sent(const http::ReplyReport& reply) {
  auto& self = *implementation_;
  const Implementation::ReplyKey key = {reply.route, reply.method, reply.status / 100};
  const auto series = self.reply_series.with([&](auto& all) {
    const auto found = all.find(key);
    if (found != all.end()) {
      return found->second;
    }
    return all.emplace(key, self.series_of(key)).first->second;
  });
  series.duration->Observe(reply.duration.count());
  series.received->Increment(static_cast<double>(reply.received_bytes));
  series.sent->Increment(static_cast<double>(reply.sent_bytes));
}

void Metrics::store_called(bool writes, std::chrono::duration<double> duration) {
  auto& self = *implementation_;
  (writes ? self.store_writes : self.store_reads).Observe(duration.count());
}

void Metrics::job_changed(const store::JobRecord& job) {
  auto& self = *implementation_;
  const auto now = std::chrono::system_clock::now();
  const auto since = self.queued_since.with([&](auto& all) {
    if (job.state == store::JobState::pending) {
      all.try_emplace(job.id, now);
      return now;
    }
    const auto found = all.find(job.id);
    if (found == all.end()) {
      return now;
    }
    const auto queued = found->second;
    all.erase(found);
    return queued;
  });
  if (job.state == store::JobState::running && since < now) {
    self.queue_waits.Add({{"action", job.action}}, queue_seconds)
        .Observe(std::chrono::duration<double>(now - since).count());
  }
}

std::string Metrics::text(const Levels& levels) {
  auto& self = *implementation_;
  const std::lock_guard lock(self.scrape);
  self.set_levels(levels);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, self.registry.Collect());
  return std::move(out).str();
}

}  // namespace athanor::api
