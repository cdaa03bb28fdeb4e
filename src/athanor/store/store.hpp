#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/store/records.hpp"

/// The database behind interfaces. Every call blocks and is thread-safe; a change is durable when
/// its call returns. Reads of another user's rows answer not_found, like rows that are not there.
namespace athanor::store {

class DatasetRepository {
 public:
  virtual ~DatasetRepository() = default;
  [[nodiscard]] virtual Status insert(const DatasetRecord& record) = 0;
  [[nodiscard]] virtual Result<DatasetRecord> get(Uuid user, Uuid id) = 0;
  [[nodiscard]] virtual Result<Page<DatasetRecord>> list(Uuid user, const ListQuery& query) = 0;
  /// Reads, lets `change` alter the record, moves last_modified and writes it, in one transaction.
  /// An error of `change` is returned and nothing is written. `change` must not call the store.
  [[nodiscard]] virtual Result<DatasetRecord> update(
      Uuid user, Uuid id, const std::function<Status(DatasetRecord&)>& change) = 0;
  /// The data_folder of every user's datasets that have data, for clearing up what has none.
  [[nodiscard]] virtual Result<std::vector<std::string>> data_folders() = 0;
  /// What remove() would refuse, before jobs are cancelled for it.
  [[nodiscard]] virtual Status check_removable(Uuid user, Uuid id) = 0;
  /// Removes the record with its specs and jobs; conflict when a model of any user links to it, and
  /// unavailable when a job of it is not at its end: cancel it and try again.
  [[nodiscard]] virtual Result<DatasetRecord> remove(Uuid user, Uuid id) = 0;
};

class ModelRepository {
 public:
  virtual ~ModelRepository() = default;
  /// invalid_argument, naming the field, when a linked dataset or ptm is not there (any more).
  [[nodiscard]] virtual Status insert(const ModelRecord& record) = 0;
  /// The user's own models, and public ones of others when `include_public`.
  [[nodiscard]] virtual Result<ModelRecord> get(Uuid user, Uuid id, bool include_public) = 0;
  /// Own models and public ones of all users.
  [[nodiscard]] virtual Result<Page<ModelRecord>> list(Uuid user, const ListQuery& query) = 0;
  /// As for datasets; links are checked as on insert.
  [[nodiscard]] virtual Result<ModelRecord> update(
      Uuid user, Uuid id, const std::function<Status(ModelRecord&)>& change) = 0;
  /// What remove() would refuse, before jobs are cancelled for it.
  [[nodiscard]] virtual Status check_removable(Uuid user, Uuid id) = 0;
  /// Removes the record with its specs and jobs; conflict when used as ptm, public or read_only,
  /// and unavailable as for datasets.
  [[nodiscard]] virtual Result<ModelRecord> remove(Uuid user, Uuid id) = 0;
  /// Inserts a record that has weights; conflict when its network has one of that name already.
  [[nodiscard]] virtual Status insert_pretrained(const ModelRecord& record) = 0;
  /// Whoever's records that have weights, by network and name.
  [[nodiscard]] virtual Result<std::vector<ModelRecord>> pretrained() = 0;
  /// Removes one of these, public and read_only as it is; conflict, with their number, while models
  /// have it as ptm.
  [[nodiscard]] virtual Result<ModelRecord> remove_pretrained(Uuid id) = 0;
};

class SpecRepository {
 public:
  virtual ~SpecRepository() = default;
  /// The stored body verbatim, or nullopt. `action` is canonical.
  [[nodiscard]] virtual Result<std::optional<std::string>> get(Uuid owner,
                                                               const std::string& action) = 0;
  /// Stores the body and moves the owner's last_modified.
  [[nodiscard]] virtual Status put(OwnerKind kind,
                                   Uuid owner,
                                   const std::string& action,
                                   const std::string& body) = 0;
};

/// How many jobs of one action are in one state.
struct JobCount {
  JobState state = JobState::pending;
  std::string action;
  std::int64_t jobs = 0;
};

/// Only find() and claim() give a job's `request`, which can be long; all else leaves it out.
class JobRepository {
 public:
  virtual ~JobRepository() = default;
  /// All of them or none; sequence numbers follow the order given. not_found without the owner.
  [[nodiscard]] virtual Status insert(std::span<const JobRecord> records) = 0;
  [[nodiscard]] virtual Result<JobRecord> get(Uuid user, OwnerKind kind, Uuid owner, Uuid id) = 0;
  /// By id alone.
  [[nodiscard]] virtual Result<JobRecord> find(Uuid id) = 0;
  /// By created_on, newest first unless the query says otherwise; filters and sorting by name do
  /// not apply.
  [[nodiscard]] virtual Result<Page<JobRecord>> list(OwnerKind kind,
                                                     Uuid owner,
                                                     const ListQuery& query) = 0;
  /// Jobs of many owners at once, for resource lists; grouped by owner, newest first within one.
  [[nodiscard]] virtual Result<std::vector<JobRecord>> list_of(OwnerKind kind,
                                                               std::span<const Uuid> owners) = 0;
  /// A user's jobs whose last_modified is later than `time` (as in to_iso), in the order of their
  /// changes, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<JobRecord>> changed_since(Uuid user,
                                                                     const std::string& time,
                                                                     std::uint64_t limit) = 0;
  /// How many jobs of all users there are, by state and action.
  [[nodiscard]] virtual Result<std::vector<JobCount>> counts() = 0;
  /// Every job in a state, oldest first.
  [[nodiscard]] virtual Result<std::vector<JobRecord>> in_state(JobState state) = 0;
  /// The first `limit` of the Pending jobs that wait for no parent, oldest first.
  [[nodiscard]] virtual Result<std::vector<JobRecord>> queued(std::uint64_t limit) = 0;
  /// Pending jobs whose parent failed or is gone, and those whose parent is Done since their last
  /// change; oldest first.
  [[nodiscard]] virtual Result<std::vector<JobRecord>> released() = 0;
  /// How many Pending jobs came before the one with this number.
  [[nodiscard]] virtual Result<std::uint64_t> pending_before(std::int64_t sequence) = 0;
  /// The Pending ones among the children of these jobs.
  [[nodiscard]] virtual Result<std::vector<JobRecord>> pending_children(
      std::span<const Uuid> parents) = 0;
  /// `UPDATE ... WHERE state = from`: false when the job was not in that state (nothing changed).
  /// Moves last_modified; a given result replaces the stored one.
  [[nodiscard]] virtual Result<bool> transition(Uuid id,
                                                JobState from,
                                                JobState to,
                                                const std::optional<Json>& result) = 0;
  /// Replaces the result of a job that is Running; false otherwise. Moves last_modified when the
  /// result is another one.
  [[nodiscard]] virtual Result<bool> set_result(Uuid id, const Json& result) = 0;
  /// Every job that may have a worker, whatever its state.
  [[nodiscard]] virtual Result<std::vector<JobRecord>> with_worker() = 0;
  /// Pending → Running; the job may have a worker from then on. The whole record, or none when it
  /// is not Pending any more or its former worker may still live.
  [[nodiscard]] virtual Result<std::optional<JobRecord>> claim(Uuid id, const Json& result) = 0;
  /// The worker is gone: Running → `to` with the result. False when the job was not Running any
  /// more; then it keeps state and result. Either way it has no worker from then on.
  [[nodiscard]] virtual Result<bool> settle(Uuid id, JobState to, const Json& result) = 0;
  /// Error → Pending for the next attempt; false when it was in another state.
  [[nodiscard]] virtual Result<bool> resume(Uuid id, const Json& result) = 0;
  /// Stores the results of those of the jobs that are still Pending, all in one transaction.
  [[nodiscard]] virtual Status note_waiting(std::span<const JobRecord> jobs) = 0;
  /// Removes a Done or Error job; conflict while it is Pending, Running or has a worker.
  [[nodiscard]] virtual Result<JobRecord> remove(Uuid user,
                                                 OwnerKind kind,
                                                 Uuid owner,
                                                 Uuid id) = 0;
};

/// Folders below the data folder whose record is gone. The transaction that removes a record, or
/// gives a dataset other data, notes them here, so that no crash leaves files behind for good.
class RemovedFolderRepository {
 public:
  virtual ~RemovedFolderRepository() = default;
  [[nodiscard]] virtual Result<std::vector<std::string>> list() = 0;
  /// The files are gone.
  [[nodiscard]] virtual Status forget(const std::string& path) = 0;
};

/// Replies kept for their Idempotency-Key.
class ReplyRepository {
 public:
  virtual ~ReplyRepository() = default;
  /// The reply kept for the user's key, unless it is older than limits::idempotency_age.
  [[nodiscard]] virtual Result<std::optional<KeptReply>> find(Uuid user,
                                                              const std::string& key) = 0;
  /// Keeps a reply in the place of an outdated one, and forgets every outdated one.
  [[nodiscard]] virtual Status keep(const KeptReply& reply) = 0;
};

class UserRepository {
 public:
  virtual ~UserRepository() = default;
  /// The user with a first key; conflict when the name is taken.
  [[nodiscard]] virtual Status insert(const UserRecord& user, const ApiKeyRecord& key) = 0;
  /// By name.
  [[nodiscard]] virtual Result<std::vector<UserRecord>> list() = 0;
  /// Removes the user with all keys; datasets, models and jobs stay.
  [[nodiscard]] virtual Result<UserRecord> remove(const std::string& name) = 0;
  /// Makes a user an administrator, or no longer one; not_found without that user.
  [[nodiscard]] virtual Result<UserRecord> set_admin(const std::string& name, bool is_admin) = 0;
  /// Whether there is such a user and it is an administrator.
  [[nodiscard]] virtual Result<bool> is_admin(Uuid user) = 0;
  /// Of all users, oldest first.
  [[nodiscard]] virtual Result<std::vector<ApiKeyRecord>> keys() = 0;
  [[nodiscard]] virtual Result<std::optional<ApiKeyRecord>> find_key(const std::string& id) = 0;
  /// One more key; not_found without its user.
  [[nodiscard]] virtual Status insert_key(const ApiKeyRecord& key) = 0;
  [[nodiscard]] virtual Result<ApiKeyRecord> remove_key(const std::string& id) = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  /// Makes one change of all that `work` does through this store on the calling thread: durable
  /// when this returns, undone when `work` returns an error. Other writers wait meanwhile. When the
  /// disk fails those who share its commit, `work` is called again after all it did was undone; so
  /// are the `change`s of updates.
  [[nodiscard]] virtual Status atomically(const std::function<Status()>& work) = 0;
  [[nodiscard]] virtual DatasetRepository& datasets() = 0;
  [[nodiscard]] virtual ModelRepository& models() = 0;
  [[nodiscard]] virtual SpecRepository& specs() = 0;
  [[nodiscard]] virtual JobRepository& jobs() = 0;
  [[nodiscard]] virtual RemovedFolderRepository& removed_folders() = 0;
  /// Writes without changing anything; an error when records could not be kept now.
  [[nodiscard]] virtual Status check_writable() = 0;
  [[nodiscard]] virtual ReplyRepository& replies() = 0;
  [[nodiscard]] virtual UserRepository& users() = 0;
};

/// Told how long each call took: `writes` tells writing transactions from reading ones. Called on
/// any thread.
using CallTimer = std::function<void(bool writes, std::chrono::duration<double> duration)>;

/// Opens (and migrates) "sqlite:///path/athanor.db" or "postgresql://user@host/db".
/// Errors never hold the connection's password or bound values.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::string& url,
                                                        CallTimer timer = nullptr);

}  // namespace athanor::store
