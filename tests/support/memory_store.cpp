#include "support/memory_store.hpp"

#include <algorithm>
#include <stdexcept>

#include "athanor/core/clock.hpp"

namespace athanor::testing {

using store::DatasetRecord;
using store::JobRecord;
using store::JobState;
using store::OwnerKind;

namespace {

tl::unexpected<Error> missing() {
  return fail(ErrorCode::not_found, "not there");
}

}  // namespace

Status MemoryJobs::insert(std::span<const JobRecord> records) {
  const std::lock_guard lock(mutex_);
  for (JobRecord record : records) {
    record.sequence = next_sequence_++;
    histories_[record.id] = {record.state};
    jobs_[record.id] = std::move(record);
  }
  changed_.notify_all();
  return {};
}

Result<JobRecord> MemoryJobs::get(Uuid user, OwnerKind kind, Uuid owner, Uuid id) {
  auto found = find(id);
  if (!found || found->user_id != user || found->owner_kind != kind || found->owner_id != owner) {
    return missing();
  }
  return found;
}

Result<JobRecord> MemoryJobs::find(Uuid id) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) {
    return missing();
  }
  return found->second;
}

Result<store::Page<JobRecord>> MemoryJobs::list(OwnerKind kind,
                                                Uuid owner,
                                                const store::ListQuery&) {
  const Uuid owners[] = {owner};
  ATHANOR_TRY(auto records, list_of(kind, owners));
  const auto total = records.size();
  return store::Page<JobRecord>{std::move(records), total};
}

Result<std::vector<JobRecord>> MemoryJobs::list_of(OwnerKind kind, std::span<const Uuid> owners) {
  const std::lock_guard lock(mutex_);
  std::vector<JobRecord> records;
  for (const auto& [id, job] : jobs_) {
    if (job.owner_kind == kind && std::ranges::find(owners, job.owner_id) != owners.end()) {
      records.push_back(job);
    }
  }
  std::ranges::sort(records, std::greater(), &JobRecord::sequence);
  return records;
}

Result<std::vector<JobRecord>> MemoryJobs::changed_since(Uuid, const std::string&, std::uint64_t) {
  throw std::logic_error("times of changes are not kept in memory");
}

Result<std::vector<store::JobCount>> MemoryJobs::counts() {
  throw std::logic_error("jobs in memory are not counted");
}

Result<std::vector<JobRecord>> MemoryJobs::in_state(JobState state) {
  return select([state](const JobRecord& job) { return job.state == state; });
}

Result<std::vector<JobRecord>> MemoryJobs::queued(std::uint64_t limit) {
  auto records = select([this](const JobRecord& job) {
    const JobRecord* parent = parent_of(job);
    const bool may_run = !job.parent_id || (parent != nullptr && parent->state == JobState::done);
    return job.state == JobState::pending && may_run;
  });
  if (records.size() > limit) {
    records.resize(limit);
  }
  return records;
}

Result<std::vector<JobRecord>> MemoryJobs::released() {
  return select([this](const JobRecord& job) {
    const JobRecord* parent = parent_of(job);
    const bool may_never_run = parent == nullptr || parent->state == JobState::error;
    const bool may_run = !may_never_run && parent->state == JobState::done &&
                         parent->last_modified > job.last_modified;
    return job.state == JobState::pending && job.parent_id && (may_never_run || may_run);
  });
}

Result<std::uint64_t> MemoryJobs::pending_before(std::int64_t sequence) {
  return select([sequence](const JobRecord& job) {
           return job.state == JobState::pending && job.sequence < sequence;
         })
      .size();
}

Result<std::vector<JobRecord>> MemoryJobs::pending_children(std::span<const Uuid> parents) {
  return select([parents](const JobRecord& job) {
    return job.state == JobState::pending && job.parent_id &&
           std::ranges::find(parents, *job.parent_id) != parents.end();
  });
}

const JobRecord* MemoryJobs::parent_of(const JobRecord& job) const {
  const auto found = job.parent_id ? jobs_.find(*job.parent_id) : jobs_.end();
  return found != jobs_.end() ? &found->second : nullptr;
}

std::vector<JobRecord> MemoryJobs::select(const std::function<bool(const JobRecord&)>& wanted) {
  const std::lock_guard lock(mutex_);
  std::vector<JobRecord> records;
  for (const auto& [id, job] : jobs_) {
    if (wanted(job)) {
      records.push_back(job);
    }
  }
  std::ranges::sort(records, std::less(), &JobRecord::sequence);
  return records;
}

bool MemoryJobs::change(Uuid id, JobState from, const std::function<void(JobRecord&)>& alter) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second.state != from) {
    return false;
  }
  alter(found->second);
  found->second.last_modified = now_iso();
  if (found->second.state != from) {
    histories_[id].push_back(found->second.state);
  }
  changed_.notify_all();
  return true;
}

Result<bool> MemoryJobs::transition(Uuid id,
                                    JobState from,
                                    JobState to,
                                    const std::optional<Json>& result) {
  return change(id, from, [&](JobRecord& job) {
    job.state = to;
    job.result = result.value_or(job.result);
  });
}

Result<bool> MemoryJobs::set_result(Uuid id, const Json& result) {
  return transition(id, JobState::running, JobState::running, result);
}

Result<std::vector<JobRecord>> MemoryJobs::with_worker() {
  return select([](const JobRecord& job) { return job.has_worker; });
}

Result<std::optional<JobRecord>> MemoryJobs::claim(Uuid id, const Json& result) {
  std::optional<JobRecord> claimed;
  change(id, JobState::pending, [&](JobRecord& job) {
    if (!job.has_worker) {
      job.state = JobState::running;
      job.has_worker = true;
      job.result = result;
      claimed = job;
    }
  });
  return claimed;
}

Result<bool> MemoryJobs::settle(Uuid id, JobState to, const Json& result) {
  if (change(id, JobState::running, [&](JobRecord& job) {
        job.state = to;
        job.result = result;
        job.has_worker = false;
      })) {
    return true;
  }
  for (const JobState state : {JobState::pending, JobState::error}) {
    change(id, state, [](JobRecord& job) { job.has_worker = false; });
  }
  return false;
}

Result<bool> MemoryJobs::resume(Uuid id, const Json& result) {
  return change(id, JobState::error, [&](JobRecord& job) {
    job.state = JobState::pending;
    job.result = result;
    ++job.attempt;
  });
}

Status MemoryJobs::note_waiting(std::span<const JobRecord> jobs) {
  for (const JobRecord& noted : jobs) {
    change(noted.id, JobState::pending, [&](JobRecord& job) { job.result = noted.result; });
  }
  return {};
}

Result<JobRecord> MemoryJobs::remove(Uuid user, OwnerKind kind, Uuid owner, Uuid id) {
  ATHANOR_TRY(auto record, get(user, kind, owner, id));
  const bool has_ended = record.state == JobState::done || record.state == JobState::error;
  if (!has_ended || record.has_worker) {
    return fail(ErrorCode::conflict, "the job has not ended");
  }
  const std::lock_guard lock(mutex_);
  jobs_.erase(id);
  return record;
}

JobRecord MemoryJobs::wait_until(Uuid id,
                                 const std::function<bool(const JobRecord&)>& condition,
                                 std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return jobs_.contains(id) && condition(jobs_.at(id)); });
  return jobs_.at(id);
}

std::vector<JobState> MemoryJobs::history(Uuid id) {
  const std::lock_guard lock(mutex_);
  return histories_.at(id);
}

void MemoryRemovedFolders::add(const std::string& path) {
  const std::lock_guard lock(mutex_);
  paths_.insert(path);
}

Result<std::vector<std::string>> MemoryRemovedFolders::list() {
  const std::lock_guard lock(mutex_);
  return std::vector<std::string>(paths_.begin(), paths_.end());
}

Status MemoryRemovedFolders::forget(const std::string& path) {
  const std::lock_guard lock(mutex_);
  paths_.erase(path);
  changed_.notify_all();
  return {};
}

bool MemoryRemovedFolders::wait_until_empty() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return paths_.empty(); });
}

Status MemoryDatasets::insert(const DatasetRecord& record) {
  const std::lock_guard lock(mutex_);
  datasets_[record.id] = record;
  return {};
}

void MemoryDatasets::fail_to_get(int times) {
  const std::lock_guard lock(mutex_);
  failures_left_ = times;
}

int MemoryDatasets::failures_left() {
  const std::lock_guard lock(mutex_);
  return failures_left_;
}

Result<DatasetRecord> MemoryDatasets::get(Uuid user, Uuid id) {
  const std::lock_guard lock(mutex_);
  if (failures_left_ > 0) {
    --failures_left_;
    return fail(ErrorCode::io, "the database cannot be reached or does not answer");
  }
  const auto found = datasets_.find(id);
  if (found == datasets_.end() || found->second.user_id != user) {
    return missing();
  }
  return found->second;
}

Result<store::Page<DatasetRecord>> MemoryDatasets::list(Uuid, const store::ListQuery&) {
  throw std::logic_error("lists of datasets are not kept in memory");
}

Result<DatasetRecord> MemoryDatasets::update(Uuid user,
                                             Uuid id,
                                             const std::function<Status(DatasetRecord&)>& change) {
  ATHANOR_TRY(auto record, get(user, id));
  ATHANOR_CHECK_OK(change(record));
  ATHANOR_CHECK_OK(insert(record));
  return record;
}

Result<std::vector<std::string>> MemoryDatasets::data_folders() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> folders;
  for (const auto& [id, record] : datasets_) {
    if (!record.data_folder.empty()) {
      folders.push_back(record.data_folder);
    }
  }
  return folders;
}

Status MemoryDatasets::check_removable(Uuid user, Uuid id) {
  ATHANOR_CHECK_OK(get(user, id));
  return {};
}

Result<DatasetRecord> MemoryDatasets::remove(Uuid user, Uuid id) {
  ATHANOR_TRY(auto record, get(user, id));
  const std::lock_guard lock(mutex_);
  datasets_.erase(id);
  return record;
}

}  // namespace athanor::testing
