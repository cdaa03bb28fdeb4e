#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "athanor/core/error.hpp"
#include "athanor/store/connection.hpp"

namespace athanor::store {

/// Lets writers share the commit that makes their changes durable, which is most of what a change
/// costs. Those who come while a transaction is being committed make their changes one after the
/// other in the next one, each on its own thread and behind a savepoint, and the last of them
/// commits for all. Nobody waits for company: a writer who is alone commits at once. Thread-safe.
class GroupCommitter {
 public:
  /// Makes changes; true keeps them.
  using Work = std::function<bool(Connection&)>;

  explicit GroupCommitter(const Location& location) : location_(location) {}

  /// Runs `work` as the only writer of this database and returns once the changes are durable, or
  /// undone because it returned false, threw or could not be committed. What happens to one writer
  /// happens to no other: when a shared transaction is lost, each does its work again alone. So
  /// `work` may be called twice, the second time on a database that knows nothing of the first.
  [[nodiscard]] Status run(const Work& work);

  /// How many wait for their turn.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Group;

  enum class Company { welcome, none };

  /// nullopt: all of the group was undone, and the work is to be done again.
  [[nodiscard]] std::optional<Status> attempt(const Work& work, Company company);

  void take_turn();
  void pass_turn();

  // These belong to whoever has the turn.
  [[nodiscard]] Status change(const Work& work, std::exception_ptr& bug);
  void undo();
  void commit();
  void end_group(Status outcome, bool again);

  static std::optional<Status> end_of(Group& group);

  Location location_;
  std::unique_ptr<Connection> connection_;  ///< Opened by the first writer, and after a failure.
  std::shared_ptr<Group> group_;            ///< Whose changes wait for their commit; may be null.

  mutable std::mutex mutex_;
  std::condition_variable turn_;
  bool taken_ = false;
  std::size_t waiting_ = 0;
};

}  // namespace athanor::store
