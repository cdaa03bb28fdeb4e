#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/guarded.hpp"
#include "athanor/store/connection.hpp"
#include "athanor/store/group_committer.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

/// Transactions over one writing connection and as many reading ones as there are threads at
/// once. Thread-safe; calls block. A connection that failed is dropped and opened anew by the
/// next call, so that a restarted database server is found again.
class Database {
 public:
  /// Opens the database and brings its schema up to date.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& url);

  explicit Database(Location location) : location_(std::move(location)), writers_(location_) {}

  /// Before the first call.
  void set_timer(CallTimer timer) { timer_ = std::move(timer); }

  /// Runs `body(Connection&) -> Result<T>` on one snapshot of the database.
  template <class Body>
  [[nodiscard]] auto read(Body&& body) {
    return run(std::forward<Body>(body), &Database::run_reading);
  }

  /// Makes one change of all that `work` does on this thread through read() and write(), as the
  /// only writer: durable when this returns, undone when `work` returns an error. See write().
  [[nodiscard]] Status atomically(const std::function<Status()>& work);

  /// Runs `body(Connection&) -> Result<T>` as the only writer. A good result is durable when
  /// this returns; an error leaves the database as it was. Writers share commits, and may be called
  /// again after a failure of one (group_committer.hpp).
  template <class Body>
  [[nodiscard]] auto write(Body&& body) {
    return run(std::forward<Body>(body), &Database::run_writing);
  }

 private:
  using ConnectionPtr = std::unique_ptr<Connection>;
  using Work = GroupCommitter::Work;

  [[nodiscard]] Status run_reading(const Work& work);
  [[nodiscard]] Status run_writing(const Work& work);

  template <class Body>
  auto run(Body&& body, Status (Database::*runner)(const Work&)) {
    using Outcome = std::invoke_result_t<Body, Connection&>;
    const auto begin = std::chrono::steady_clock::now();
    std::optional<Outcome> outcome;
    const Status status = (this->*runner)([&](Connection& connection) {
      outcome.emplace(body(connection));
      return outcome->has_value();
    });
    if (timer_) {
      timer_(runner == &Database::run_writing, std::chrono::steady_clock::now() - begin);
    }
    return status ? std::move(*outcome) : Outcome(fail(status.error()));
  }

  Location location_;
  CallTimer timer_;
  GroupCommitter writers_;
  Guarded<std::vector<ConnectionPtr>> idle_readers_;
};

}  // namespace athanor::store
