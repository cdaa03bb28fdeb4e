#pragma once

#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include "support/memory_store.hpp"
#include "support/temp_dir.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "athanor/async/blocking_pool.hpp"
#include "athanor/core/files.hpp"
#include "athanor/jobs/job_snapshot.hpp"
#include "athanor/jobs/local_executor.hpp"
#include "athanor/jobs/supervisor.hpp"

namespace athanor::jobs {

/// A server's supervisor with threads of its own, over a store that outlives it.
class Server {
 public:
  Server(const std::filesystem::path& data_folder,
         store::Store& store,
         int slots = 1,
         std::chrono::milliseconds grace = std::chrono::seconds(30))
      : supervisor_({.data_folder = data_folder, .slots = slots, .stop_grace = grace},
                    io_.get_executor(),
                    pool_,
                    store,
                    make_local_executor(
                        {.program = ATHANOR_SCRIPTED_WORKER, .launcher = ATHANOR_TEST_LAUNCHER},
                        io_.get_executor())) {
    supervisor_.start();
    for (auto& thread : threads_) {
      thread = std::thread([this] { io_.run(); });
    }
  }

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  ~Server() {
    await(supervisor_.stop());
    work_.reset();
    for (auto& thread : threads_) {
      thread.join();
    }
  }

  void wake() { supervisor_.wake(); }

  Status cancel(Uuid job) { return await(supervisor_.cancel(job)); }

  Status resume(Uuid job) { return await(supervisor_.resume(job)); }

  Status finish_worker(Uuid job) { return await(supervisor_.finish_worker(job)); }

  Status remove(Uuid job, const std::function<Status()>& removal) {
    return await(supervisor_.remove(job, removal));
  }

 private:
  template <class T>
  T await(Awaitable<T> task) {
    return boost::asio::co_spawn(io_, std::move(task), boost::asio::use_future).get();
  }

  BlockingPool pool_{2};
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  Supervisor supervisor_;
  std::thread threads_[2];
};

/// What a scripted worker does, step by step.
using Script = std::vector<Json>;

/// A data folder and a store, and jobs whose workers follow a script.
class Workbench {
 public:
  /// Puts a Pending job into the store.
  Uuid post(const Script& script, std::optional<Uuid> parent = std::nullopt) {
    JobSnapshot snapshot;
    snapshot.network = "classification";
    snapshot.spec = {{"script", script}};
    return post_snapshot(snapshot, parent);
  }

  Uuid post_snapshot(const JobSnapshot& snapshot, std::optional<Uuid> parent = std::nullopt) {
    store::JobRecord job;
    job.id = Uuid::random();
    job.user_id = user_;
    job.parent_id = parent;
    job.action = "train";
    job.created_on = "2026-11-23T09:05:01.000001";
    job.request = to_json(snapshot);
    EXPECT_TRUE(store_.jobs().insert(std::span(&job, 1)));
    return job.id;
  }

  /// The job once it is in `state`, or as it is after a minute.
  store::JobRecord reach(Uuid job, store::JobState state) {
    return store_.jobs().wait_until(job, [&](const auto& record) { return record.state == state; });
  }

  /// The job once its message holds `text`, or as it is after a minute.
  store::JobRecord reach_message(Uuid job, const std::string& text) {
    return store_.jobs().wait_until(job, [&](const auto& record) {
      return message_of(record).find(text) != std::string::npos;
    });
  }

  /// Waits until the job's worker is known to be gone.
  void wait_for_worker(Uuid job) {
    store_.jobs().wait_until(job, [](const auto& record) { return !record.has_worker; });
  }

  static std::string message_of(const store::JobRecord& record) {
    const Json* message = find_path(record.result, "detailed_status.message");
    return message != nullptr ? message->get<std::string>() : "";
  }

  /// A FIFO at which a worker waits: {"wait": gate("go")}.
  std::string gate(const std::string& name) const { return (folder_.path() / name).string(); }

  /// Lets the worker that waits there, or will, go on.
  void open_gate(const std::string& name) const {
    mkfifo(gate(name).c_str(), 0600);
    const UniqueFd fd(::open(gate(name).c_str(), O_WRONLY | O_CLOEXEC));
  }

  std::string file_of(Uuid job, const char* name) const {
    return read_file(job_directory(folder_.path(), job) / name).value_or("");
  }

  const std::filesystem::path& folder() const { return folder_.path(); }

  testing::MemoryStore& store() { return store_; }

  Uuid user() const { return user_; }

 private:
  testing::TempDir folder_;
  testing::MemoryStore store_;
  Uuid user_ = Uuid::random();
};

/// Steps of a script.
inline Json says(const char* status, const char* message = "", const Json& more = Json::object()) {
  Json line = {{"date", "11/23/2026"}, {"time", "9:5:1"}, {"status", status}, {"message", message}};
  line.update(more);
  return {{"status", line}};
}

inline Json step(const char* name, const Json& value) {
  return {{name, value}};
}

}  // namespace athanor::jobs
