#pragma once

#include "athanor/store/database.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

class JobTable final : public JobRepository {
 public:
  explicit JobTable(Database& database) : database_(database) {}

  Status insert(std::span<const JobRecord> records) override;
  Result<JobRecord> get(Uuid user, OwnerKind kind, Uuid owner, Uuid id) override;
  Result<JobRecord> find(Uuid id) override;
  Result<Page<JobRecord>> list(OwnerKind kind, Uuid owner, const ListQuery& query) override;
  Result<std::vector<JobRecord>> list_of(OwnerKind kind, std::span<const Uuid> owners) override;
  Result<std::vector<JobRecord>> changed_since(Uuid user,
                                               const std::string& time,
                                               std::uint64_t limit) override;
  Result<std::vector<JobCount>> counts() override;
  Result<std::vector<JobRecord>> in_state(JobState state) override;
  Result<std::vector<JobRecord>> queued(std::uint64_t limit) override;
  Result<std::vector<JobRecord>> released() override;
  Result<std::uint64_t> pending_before(std::int64_t sequence) override;
  Result<std::vector<JobRecord>> pending_children(std::span<const Uuid> parents) override;
  Result<bool> transition(Uuid id,
                          JobState from,
                          JobState to,
                          const std::optional<Json>& result) override;
  Result<bool> set_result(Uuid id, const Json& result) override;
  Result<std::vector<JobRecord>> with_worker() override;
  Result<std::optional<JobRecord>> claim(Uuid id, const Json& result) override;
  Result<bool> settle(Uuid id, JobState to, const Json& result) override;
  Result<bool> resume(Uuid id, const Json& result) override;
  Status note_waiting(std::span<const JobRecord> jobs) override;
  Result<JobRecord> remove(Uuid user, OwnerKind kind, Uuid owner, Uuid id) override;

 private:
  Database& database_;
};

}  // namespace athanor::store
