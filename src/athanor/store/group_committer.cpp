#include "athanor/store/group_committer.hpp"

#include <utility>

#include "athanor/core/kill_point.hpp"

namespace athanor::store {

/// Writers that share a transaction.
struct GroupCommitter::Group {
  std::size_t members = 1;  ///< For whoever has the turn.

  std::mutex mutex;
  std::condition_variable ended;
  bool has_ended = false;
  Status outcome;
  bool again = false;  ///< All is undone, for certain: each member tries alone.
};

Status GroupCommitter::run(const Work& work) {
  auto ended = attempt(work, Company::welcome);
  if (!ended) {
    ended = attempt(work, Company::none);
  }
  return *std::move(ended);
}

std::size_t GroupCommitter::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

std::optional<Status> GroupCommitter::attempt(const Work& work, Company company) {
  take_turn();
  if (company == Company::none) {
    commit();  // What others have begun.
  }
  std::exception_ptr bug;
  const Status changed = change(work, bug);
  const auto group = group_;
  // Whoever waits takes the turn next and commits, or leaves it to one who comes still later.
  if (company == Company::none || waiting() == 0) {
    commit();
  }
  pass_turn();
  // What was seen of the other members' changes, by one who failed too, is not told before they
  // are durable.
  const std::optional<Status> ended = group ? end_of(*group) : Status();
  if (bug) {
    std::rethrow_exception(bug);
  }
  if (!changed) {
    return changed;
  }
  return ended;
}

void GroupCommitter::take_turn() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  turn_.wait(lock, [this] { return !taken_; });
  --waiting_;
  taken_ = true;
}

void GroupCommitter::pass_turn() {
  {
    const std::lock_guard lock(mutex_);
    taken_ = false;
  }
  turn_.notify_one();
}

Status GroupCommitter::change(const Work& work, std::exception_ptr& bug) {
  try {
    if (!connection_) {
      connection_ = std::make_unique<Connection>(location_);
    }
    group_ ? connection_->begin_part() : connection_->begin_writing();
    if (!work(*connection_)) {
      undo();
    } else if (group_) {
      connection_->keep_part();
      ++group_->members;
    } else {
      group_ = std::make_shared<Group>();
    }
    return {};
  } catch (const DatabaseError& failure) {
    undo();
    return fail(failure.error());
  } catch (...) {
    undo();
    bug = std::current_exception();
    return {};
  }
}

void GroupCommitter::undo() {
  if (!connection_) {
    return;
  }
  try {
    group_ ? connection_->undo_part() : connection_->rollback();
  } catch (const DatabaseError& failure) {
    // The transaction is lost, as after some errors of a disk, or the database cannot be reached.
    connection_.reset();
    end_group(fail(failure.error()), /*again=*/true);
  }
}

void GroupCommitter::commit() {
  if (!group_) {
    return;
  }
  try {
    pass(KillPoint::store_changed);
    connection_->commit();
    pass(KillPoint::store_committed);
    end_group({}, /*again=*/false);
  } catch (const DatabaseError& failure) {
    // SQLite undoes what it cannot commit. A server that went away may have committed it.
    const bool is_undone = connection_->backend() == Backend::sqlite;
    connection_.reset();
    end_group(fail(failure.error()), is_undone && group_->members > 1);
  }
}

void GroupCommitter::end_group(Status outcome, bool again) {
  if (const auto group = std::exchange(group_, nullptr)) {
    {
      const std::lock_guard lock(group->mutex);
      group->has_ended = true;
      group->outcome = std::move(outcome);
      group->again = again;
    }
    group->ended.notify_all();
  }
}

std::optional<Status> GroupCommitter::end_of(Group& group) {
  std::unique_lock lock(group.mutex);
  group.ended.wait(lock, [&group] { return group.has_ended; });
  if (group.again) {
    return std::nullopt;
  }
  return group.outcome;
}

}  // namespace athanor::store
