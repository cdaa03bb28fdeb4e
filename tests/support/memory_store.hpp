#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
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
  Result<std::vector<store::JobRecord>> in_state(store::JobState state) override;
  Result<bool> transition(Uuid id,
                          store::JobState from,
                          store::JobState to,
                          const std::optional<Json>& result) override;
  Result<bool> set_result(Uuid id, const Json& result) override;
  Result<store::JobRecord> remove(Uuid user, store::OwnerKind kind, Uuid owner, Uuid id) override;

  /// Waits until the job satisfies `condition`; its record then, or as it is after `patience`.
  store::JobRecord wait_until(Uuid id,
                              const std::function<bool(const store::JobRecord&)>& condition,
                              std::chrono::seconds patience = std::chrono::seconds(60));

  /// The states that a job went through, the present one last.
  std::vector<store::JobState> history(Uuid id);

 private:
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
  Result<store::DatasetRecord> remove(Uuid user, Uuid id) override;

 private:
  std::mutex mutex_;
  std::map<Uuid, store::DatasetRecord> datasets_;
};

/// The part of the database that the supervisor uses, in memory.
class MemoryStore : public store::Store {
 public:
  MemoryDatasets& datasets() override { return datasets_; }

  MemoryJobs& jobs() override { return jobs_; }

  /// The supervisor has no business with these two.
  store::ModelRepository& models() override { throw std::logic_error("no models here"); }

  store::SpecRepository& specs() override { throw std::logic_error("no specs here"); }

 private:
  MemoryDatasets datasets_;
  MemoryJobs jobs_;
};

}  // namespace athanor::testing
