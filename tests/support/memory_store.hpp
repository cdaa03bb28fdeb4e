#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "athanor/store/store.hpp"

namespace athanor::testing {

/// Jobs in memory, with a way to wait for what others do to them.
class MemoryJobs : public store::JobRepository {
 public:
  Status insert(std::span<const store::JobRecord> records) override;
  Result<store::JobRecord> get(Uuid user, store::OwnerKind kind, Uuid owner, Uuid id) override;
  Result<store::JobRecord> find(Uuid id) override;
  Result<store::Page<store::JobRecord>> list(store::OwnerKind kind,
                                             Uuid owner,
                                             const store::ListQuery& query) override;
  Result<std::vector<store::JobRecord>> list_of(store::OwnerKind kind,
                                                std::span<const Uuid> owners) override;
  Result<std::vector<store::JobRecord>> changed_since(Uuid user,
                                                      const std::string& time,
                                                      std::uint64_t limit) override;
  Result<std::vector<store::JobCount>> counts() override;
  Result<std::vector<store::JobRecord>> in_state(store::JobState state) override;
  Result<std::vector<store::JobRecord>> queued(std::uint64_t limit) override;
  Result<std::vector<store::JobRecord>> released() override;
  Result<std::uint64_t> pending_before(std::int64_t sequence) override;
  Result<std::vector<store::JobRecord>> pending_children(std::span<const Uuid> parents) override;
  Result<bool> transition(Uuid id,
                          store::JobState from,
                          store::JobState to,
                          const std::optional<Json>& result) override;
  Result<bool> set_result(Uuid id, const Json& result) override;
  Result<std::vector<store::JobRecord>> with_worker() override;
  Result<std::optional<store::JobRecord>> claim(Uuid id, const Json& result) override;
  Result<bool> settle(Uuid id, store::JobState to, const Json& result) override;
  Result<bool> resume(Uuid id, const Json& result) override;
  Status note_waiting(std::span<const store::JobRecord> jobs) override;
  /// Notes no folders: those who delete through this store look at the record alone.
  Result<store::JobRecord> remove(Uuid user, store::OwnerKind kind, Uuid owner, Uuid id) override;

  /// Waits until the job satisfies `condition`; its record then, or as it is after `patience`.
  store::JobRecord wait_until(Uuid id,
                              const std::function<bool(const store::JobRecord&)>& condition,
                              std::chrono::seconds patience = std::chrono::seconds(60));

  /// The states that a job went through, the present one last.
  std::vector<store::JobState> history(Uuid id);

 private:
  std::vector<store::JobRecord> select(const std::function<bool(const store::JobRecord&)>& wanted);
  /// Null when it has none or it is gone. Under the lock, as in `wanted` of select().
  const store::JobRecord* parent_of(const store::JobRecord& job) const;
  /// Changes the job if it is in `from`; whether it was.
  bool change(Uuid id, store::JobState from, const std::function<void(store::JobRecord&)>& alter);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Uuid, store::JobRecord> jobs_;
  std::map<Uuid, std::vector<store::JobState>> histories_;
  std::int64_t next_sequence_ = 1;
};

/// Datasets in memory; lists are not needed by those who use it.
class MemoryDatasets : public store::DatasetRepository {
 public:
  Status insert(const store::DatasetRecord& record) override;
  Result<store::DatasetRecord> get(Uuid user, Uuid id) override;
  Result<store::Page<store::DatasetRecord>> list(Uuid user, const store::ListQuery& query) override;
  Result<store::DatasetRecord> update(
      Uuid user, Uuid id, const std::function<Status(store::DatasetRecord&)>& change) override;
  Result<std::vector<std::string>> data_folders() override;
  Status check_removable(Uuid user, Uuid id) override;
  Result<store::DatasetRecord> remove(Uuid user, Uuid id) override;

  /// The next calls of get() fail as they do while a database is away.
  void fail_to_get(int times);
  int failures_left();

 private:
  std::mutex mutex_;
  std::map<Uuid, store::DatasetRecord> datasets_;
  int failures_left_ = 0;
};

class MemoryRemovedFolders : public store::RemovedFolderRepository {
 public:
  void add(const std::string& path);
  Result<std::vector<std::string>> list() override;
  Status forget(const std::string& path) override;

  /// Waits until none is left; whether that came within a minute.
  bool wait_until_empty();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> paths_;
};

/// The part of the database that the supervisor uses, in memory.
class MemoryStore : public store::Store {
 public:
  Status atomically(const std::function<Status()>& work) override { return work(); }

  MemoryDatasets& datasets() override { return datasets_; }

  MemoryJobs& jobs() override { return jobs_; }

  MemoryRemovedFolders& removed_folders() override { return removed_folders_; }

  Status check_writable() override { return {}; }

  /// The supervisor has no business with these.
  store::ModelRepository& models() override { throw std::logic_error("no models here"); }

  store::SpecRepository& specs() override { throw std::logic_error("no specs here"); }

  store::ReplyRepository& replies() override { throw std::logic_error("no replies here"); }

  store::UserRepository& users() override { throw std::logic_error("no users here"); }

 private:
  MemoryDatasets datasets_;
  MemoryJobs jobs_;
  MemoryRemovedFolders removed_folders_;
};

}  // namespace athanor::testing
