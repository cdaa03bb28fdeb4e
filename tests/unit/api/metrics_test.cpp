#include "athanor/api/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/api/metrics_handler.hpp"

namespace athanor::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

store::JobRecord job_in(store::JobState state) {
  store::JobRecord job;
  job.action = "train";
  job.state = state;
  return job;
}

TEST(Metrics, CountsRepliesByRouteMethodAndClassOfStatus) {
  Metrics metrics;
  metrics.reply_sent({"GET", "/api/v1/user/{user_id}/model", 200, 0, 10, 20ms});
  metrics.reply_sent({"GET", "/api/v1/user/{user_id}/model", 204, 0, 10, 20ms});
  metrics.reply_sent({"GET", "/api/v1/user/{user_id}/model", 404, 0, 10, 20ms});

  const auto text = metrics.text({});

  EXPECT_THAT(
      text,
      HasSubstr("athanor_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/"
                "user/{user_id}/model\",status=\"2xx\"} 2"));
  EXPECT_THAT(text, HasSubstr("status=\"4xx\"} 1"));
}

TEST(Metrics, RequestsWithoutARouteShareOneSeries) {
  Metrics metrics;
  metrics.reply_sent({"", "", 404, 0, 0, 1ms});
  metrics.reply_sent({"", "", 405, 0, 0, 1ms});

  EXPECT_THAT(metrics.text({}),
              HasSubstr("duration_seconds_count{method=\"\",route=\"\",status=\"4xx\"} 2"));
}

TEST(Metrics, AddsUpTheBytesOfUploads) {
  Metrics metrics;
  for (int i = 0; i < 2; ++i) {
    metrics.reply_sent({"POST", "/upload", 201, 1000, 0, 1ms});
  }

  EXPECT_THAT(metrics.text({}),
              HasSubstr("athanor_http_received_bytes_total{method=\"POST\",route=\"/"
                        "upload\",status=\"2xx\"} 2000"));
}

TEST(Metrics, ShowsJobsByStateAndActionAndForgetsNone) {
  Metrics metrics;

  EXPECT_THAT(metrics.text({.jobs = {{store::JobState::pending, "train", 3}}}),
              HasSubstr("athanor_jobs{action=\"train\",state=\"Pending\"} 3"));
  EXPECT_THAT(metrics.text({}), HasSubstr("athanor_jobs{action=\"train\",state=\"Pending\"} 0"));
}

TEST(Metrics, TimesTheQueue) {
  Metrics metrics;
  auto job = job_in(store::JobState::pending);
  metrics.job_changed(job);
  metrics.job_changed(job);  // It only notes another reason.
  job.state = store::JobState::running;
  metrics.job_changed(job);
  metrics.job_changed(job);  // It only has a new result.

  EXPECT_THAT(metrics.text({}), HasSubstr("athanor_job_queue_seconds_count{action=\"train\"} 1"));
}

TEST(Metrics, DoesNotTimeWhatItDidNotSeeQueued) {
  Metrics metrics;
  metrics.job_changed(job_in(store::JobState::running));

  EXPECT_THAT(metrics.text({}), Not(HasSubstr("athanor_job_queue_seconds_count")));
}

TEST(Metrics, TimesTheStore) {
  Metrics metrics;
  metrics.store_called(true, 3ms);

  const auto text = metrics.text({});
  EXPECT_THAT(text, HasSubstr("athanor_store_duration_seconds_count{kind=\"write\"} 1"));
  EXPECT_THAT(text, HasSubstr("athanor_store_duration_seconds_count{kind=\"read\"} 0"));
}

TEST(Metrics, ShowTheProcess) {
  Metrics metrics;

  const auto text = metrics.text({.jobs = {}, .event_stream_clients = 7, .job_slots = 2});
  for (const auto* name : {"process_start_time_seconds 1",
                           "process_resident_memory_bytes",
                           "process_open_fds",
                           "process_cpu_seconds_total",
                           "athanor_build_info{version=",
                           "athanor_event_stream_clients 7",
                           "athanor_job_slots 2"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
}

TEST(MetricsAccess, IsForThisMachineAlone) {
  http::Request request;
  for (const auto* peer : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
    request.peer = peer;
    EXPECT_TRUE(may_read_metrics(request)) << peer;
  }
  for (const auto* peer : {"", "10.0.0.1", "192.168.127.1", "fe80::1", "1270.0.0.1"}) {
    request.peer = peer;
    EXPECT_FALSE(may_read_metrics(request)) << peer;
  }
}

TEST(MetricsAccess, AProxyOnThisMachineIsNotThisMachine) {
  for (const auto* header : {"X-Forwarded-For", "Forwarded"}) {
    http::Request request;
    request.peer = "127.0.0.1";
    request.headers.add(header, "10.0.0.1");
    EXPECT_FALSE(may_read_metrics(request)) << header;
  }
}

}  // namespace
}  // namespace athanor::api
