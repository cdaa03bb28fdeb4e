#include "athanor/store/observed_store.hpp"

#include <utility>
#include <vector>

namespace athanor::store {

namespace {

struct ChangedJob {
  Uuid id;
  JobChange change;
};

/// What waits for the end of this thread's transaction, if it is in one.
thread_local std::vector<ChangedJob>* deferred = nullptr;

/// While it lives, this thread's changes wait in a list.
class Deferral {
 public:
  explicit Deferral(std::vector<ChangedJob>& list) { deferred = &list; }

  ~Deferral() { deferred = nullptr; }

  Deferral(const Deferral&) = delete;
  Deferral& operator=(const Deferral&) = delete;
};

class ObservedJobs final : public JobRepository {
 public:
  ObservedJobs(JobRepository& jobs, JobListener listener)
      : jobs_(jobs), listener_(std::move(listener)) {}

  Status insert(std::span<const JobRecord> records) override {
    ATHANOR_CHECK_OK(jobs_.insert(records));
    for (const auto& record : records) {
      notify(record.id, JobChange::state);
    }
    return {};
  }

  /// Tells now, or after the transaction that the change is part of.
  void notify(Uuid id, JobChange change) {
    if (deferred != nullptr) {
      deferred->push_back({id, change});
    } else {
      listener_(id, change);
    }
  }

  Result<JobRecord> get(Uuid user, OwnerKind kind, Uuid owner, Uuid id) override {
    return jobs_.get(user, kind, owner, id);
  }

  Result<JobRecord> find(Uuid id) override { return jobs_.find(id); }

  Result<Page<JobRecord>> list(OwnerKind kind, Uuid owner, const ListQuery& query) override {
    return jobs_.list(kind, owner, query);
  }

  Result<std::vector<JobRecord>> list_of(OwnerKind kind, std::span<const Uuid> owners) override {
    return jobs_.list_of(kind, owners);
  }

  Result<std::vector<JobRecord>> changed_since(Uuid user,
                                               const std::string& time,
                                               std::uint64_t limit) override {
    return jobs_.changed_since(user, time, limit);
  }

  Result<std::vector<JobCount>> counts() override { return jobs_.counts(); }

  Result<std::vector<JobRecord>> in_state(JobState state) override { return jobs_.in_state(state); }

  Result<std::vector<JobRecord>> queued(std::uint64_t limit) override {
    return jobs_.queued(limit);
  }

  Result<std::vector<JobRecord>> released() override { return jobs_.released(); }

  Result<std::uint64_t> pending_before(std::int64_t sequence) override {
    return jobs_.pending_before(sequence);
  }

  Result<std::vector<JobRecord>> pending_children(std::span<const Uuid> parents) override {
    return jobs_.pending_children(parents);
  }

  Result<bool> transition(Uuid id,
                          JobState from,
                          JobState to,
                          const std::optional<Json>& result) override {
    return tell(id, JobChange::state, jobs_.transition(id, from, to, result));
  }

  Result<bool> set_result(Uuid id, const Json& result) override {
    return tell(id, JobChange::result, jobs_.set_result(id, result));
  }

  Result<std::vector<JobRecord>> with_worker() override { return jobs_.with_worker(); }

  Result<std::optional<JobRecord>> claim(Uuid id, const Json& result) override {
    auto claimed = jobs_.claim(id, result);
    if (claimed && *claimed) {
      notify(id, JobChange::state);
    }
    return claimed;
  }

  Result<bool> settle(Uuid id, JobState to, const Json& result) override {
    return tell(id, JobChange::state, jobs_.settle(id, to, result));
  }

  Result<bool> resume(Uuid id, const Json& result) override {
    return tell(id, JobChange::state, jobs_.resume(id, result));
  }

  Status note_waiting(std::span<const JobRecord> jobs) override {
    ATHANOR_CHECK_OK(jobs_.note_waiting(jobs));
    for (const auto& job : jobs) {
      notify(job.id, JobChange::state);
    }
    return {};
  }

  Result<JobRecord> remove(Uuid user, OwnerKind kind, Uuid owner, Uuid id) override {
    return jobs_.remove(user, kind, owner, id);
  }

 private:
  Result<bool> tell(Uuid id, JobChange change, Result<bool> changed) {
    if (changed && *changed) {
      notify(id, change);
    }
    return changed;
  }

  JobRepository& jobs_;
  JobListener listener_;
};

class ObservedStore final : public Store {
 public:
  ObservedStore(std::unique_ptr<Store> store, JobListener listener)
      : store_(std::move(store)), jobs_(store_->jobs(), std::move(listener)) {}

  Status atomically(const std::function<Status()>& work) override {
    if (deferred != nullptr) {
      return store_->atomically(work);
    }
    std::vector<ChangedJob> changed;
    const auto observed = [&] {
      changed.clear();  // It may be called again, after all that it did was undone.
      return work();
    };
    {
      const Deferral deferral(changed);
      ATHANOR_CHECK_OK(store_->atomically(observed));
    }
    for (const auto& [id, change] : changed) {
      jobs_.notify(id, change);
    }
    return {};
  }

  DatasetRepository& datasets() override { return store_->datasets(); }

  ModelRepository& models() override { return store_->models(); }

  SpecRepository& specs() override { return store_->specs(); }

  JobRepository& jobs() override { return jobs_; }

  RemovedFolderRepository& removed_folders() override { return store_->removed_folders(); }

  ReplyRepository& replies() override { return store_->replies(); }

  UserRepository& users() override { return store_->users(); }

  Status check_writable() override { return store_->check_writable(); }

 private:
  std::unique_ptr<Store> store_;
  ObservedJobs jobs_;
};

}  // namespace

std::unique_ptr<Store> observe(std::unique_ptr<Store> store, JobListener listener) {
  return std::make_unique<ObservedStore>(std::move(store), std::move(listener));
}

}  // namespace athanor::store
