#include "athanor/store/job_table.hpp"

#include <fmt/format.h>

#include "athanor/core/clock.hpp"
#include "athanor/core/data_folder.hpp"
#include "athanor/store/id_list.hpp"
#include "athanor/store/owners.hpp"
#include "athanor/store/removed_folder_table.hpp"
#include "athanor/store/selection.hpp"

namespace athanor::store {

namespace {

constexpr std::string_view job_columns =
    "id, sequence, user_id, owner_kind, owner_id, parent_id, created_on, last_modified, action, "
    "state, result, request, attempt, has_worker";
/// Requests are long, and only who starts a job needs its own.
constexpr std::string_view job_columns_but_request =
    "id, sequence, user_id, owner_kind, owner_id, parent_id, created_on, last_modified, action, "
    "state, result, '{}', attempt, has_worker";

Error unknown_job() {
  // Clients compare this text while they wait for a new job.
  return {ErrorCode::not_found, "Job not found"};
}

JobState state_of(std::string_view name) {
  for (const auto state : {JobState::pending, JobState::running, JobState::done}) {
    if (name == name_of(state)) {
      return state;
    }
  }
  return JobState::error;
}

JobRecord read_job(Row& row) {
  JobRecord record;
  record.id = row.uuid();
  record.sequence = row.integer();
  record.user_id = row.uuid();
  record.owner_kind =
      row.text() == name_of(OwnerKind::dataset) ? OwnerKind::dataset : OwnerKind::model;
  record.owner_id = row.uuid();
  record.parent_id = row.optional_uuid();
  record.created_on = row.text();
  record.last_modified = row.text();
  record.action = row.text();
  record.state = state_of(row.text());
  record.result = row.json();
  record.request = row.json();
  record.attempt = row.integer();
  record.has_worker = row.boolean();
  return record;
}

/// The jobs that a query ending in `conditions` finds.
std::vector<JobRecord> fetch_all(Connection& connection,
                                 std::string_view shown,
                                 std::string_view conditions,
                                 const Values& values) {
  std::vector<JobRecord> records;
  connection.query(fmt::format("SELECT {} FROM jobs WHERE {}", shown, conditions),
                   values,
                   [&](Row& row) { records.push_back(read_job(row)); });
  return records;
}

Result<JobRecord> fetch_one(Connection& connection,
                            std::string_view shown,
                            std::string_view conditions,
                            const Values& values) {
  auto records = fetch_all(connection, shown, conditions, values);
  if (records.empty()) {
    return fail(unknown_job());
  }
  return std::move(records.front());
}

Result<JobRecord> fetch_owned(
    Connection& connection, Uuid user, OwnerKind kind, Uuid owner, Uuid id) {
  return fetch_one(
      connection,
      job_columns_but_request,
      "id = :id AND user_id = :user_id AND owner_kind = :kind AND owner_id = :owner",
      {id.to_string(), user.to_string(), std::string(name_of(kind)), owner.to_string()});
}

void insert_job(Connection& connection, const JobRecord& record, long long sequence) {
  connection.execute(
      fmt::format("INSERT INTO jobs ({}) VALUES (:id, :sequence, :user_id, :owner_kind, "
                  ":owner_id, :parent_id, :created_on, :last_modified, :action, :state, :result, "
                  ":request, :attempt, :has_worker)",
                  job_columns),
      {record.id.to_string(),
       sequence,
       record.user_id.to_string(),
       std::string(name_of(record.owner_kind)),
       record.owner_id.to_string(),
       to_value(record.parent_id),
       record.created_on,
       record.last_modified,
       record.action,
       std::string(name_of(record.state)),
       to_text(record.result),
       to_text(record.request),
       static_cast<long long>(record.attempt),
       record.has_worker ? 1LL : 0LL});
}

/// State, result and time of change of a job that is in one of the states of `condition`; whether
/// it was.
bool change_state(Connection& connection,
                  Uuid id,
                  std::string_view condition,
                  std::string_view changes,
                  const Json& result) {
  return connection.execute(
             fmt::format("UPDATE jobs SET {}, result = :result, last_modified = :now "
                         "WHERE id = :id AND {}",
                         changes,
                         condition),
             {to_text(result), now_iso(), id.to_string()}) > 0;
}

}  // namespace

Status JobTable::insert(std::span<const JobRecord> records) {
  return database_.write([&](Connection& connection) -> Status {
    long long sequence = connection.scalar("SELECT MAX(sequence) FROM jobs");
    for (const auto& record : records) {
      if (!owner_exists(connection, record.owner_kind, record.owner_id)) {
        return fail(unknown(record.owner_kind));
      }
      insert_job(connection, record, ++sequence);
    }
    return {};
  });
}

Result<JobRecord> JobTable::get(Uuid user, OwnerKind kind, Uuid owner, Uuid id) {
  return database_.read(
      [&](Connection& connection) { return fetch_owned(connection, user, kind, owner, id); });
}

Result<JobRecord> JobTable::find(Uuid id) {
  return database_.read([&](Connection& connection) {
    return fetch_one(connection, job_columns, "id = :id", {id.to_string()});
  });
}

Result<Page<JobRecord>> JobTable::list(OwnerKind kind, Uuid owner, const ListQuery& query) {
  Selection selection("jobs");
  selection.require("owner_id = :owner_id", owner.to_string());
  selection.require("owner_kind = :owner_kind", std::string(name_of(kind)));
  ListQuery by_date = query;
  if (query.sort != ListQuery::Sort::date_ascending) {
    by_date.sort = ListQuery::Sort::date_descending;
  }
  return database_.read([&](Connection& connection) -> Result<Page<JobRecord>> {
    return fetch_page(connection,
                      job_columns_but_request,
                      selection,
                      by_date,
                      {"created_on", "sequence"},
                      read_job);
  });
}

Result<std::vector<JobRecord>> JobTable::list_of(OwnerKind kind, std::span<const Uuid> owners) {
  using Records = std::vector<JobRecord>;
  return database_.read([&](Connection& connection) -> Result<Records> {
    Records records;
    for_each_id_list(owners, [&](const IdList& list) {
      Values values = list.values;
      values.emplace_back(std::string(name_of(kind)));
      auto some = fetch_all(connection,
                            job_columns_but_request,
                            fmt::format("owner_id IN ({}) AND owner_kind = :kind "
                                        "ORDER BY owner_id, created_on DESC, sequence DESC",
                                        list.placeholders),
                            values);
      std::move(some.begin(), some.end(), std::back_inserter(records));
    });
    return records;
  });
}

Result<std::vector<JobRecord>> JobTable::changed_since(Uuid user,
                                                       const std::string& time,
                                                       std::uint64_t limit) {
  return database_.read([&](Connection& connection) -> Result<std::vector<JobRecord>> {
    return fetch_all(connection,
                     job_columns_but_request,
                     fmt::format("user_id = :user_id AND last_modified > :time "
                                 "ORDER BY last_modified, sequence LIMIT {}",
                                 limit),
                     {user.to_string(), time});
  });
}

Result<std::vector<JobCount>> JobTable::counts() {
  return database_.read([&](Connection& connection) -> Result<std::vector<JobCount>> {
    std::vector<JobCount> counts;
    connection.query(
        "SELECT state, action, COUNT(*) FROM jobs GROUP BY state, action "
        "ORDER BY state, action",
        {},
        [&](Row& row) {
          JobCount count;
          count.state = state_of(row.text());
          count.action = row.text();
          count.jobs = row.integer();
          counts.push_back(std::move(count));
        });
    return counts;
  });
}

Result<std::vector<JobRecord>> JobTable::in_state(JobState state) {
  return database_.read([&](Connection& connection) -> Result<std::vector<JobRecord>> {
    return fetch_all(connection,
                     job_columns_but_request,
                     "state = :state ORDER BY sequence",
                     {std::string(name_of(state))});
  });
}

Result<std::vector<JobRecord>> JobTable::queued(std::uint64_t limit) {
  return database_.read([&](Connection& connection) -> Result<std::vector<JobRecord>> {
    // The parent's state as a value is looked up for one row after the other until there are
    // enough; for EXISTS, PostgreSQL may first go through all jobs.
    return fetch_all(
        connection,
        job_columns_but_request,
        "state = 'Pending' AND (parent_id IS NULL OR "
        "(SELECT parent.state FROM jobs parent WHERE parent.id = jobs.parent_id) = 'Done') "
        "ORDER BY sequence LIMIT :limit",
        {static_cast<long long>(limit)});
  });
}

Result<std::vector<JobRecord>> JobTable::released() {
  return database_.read([&](Connection& connection) -> Result<std::vector<JobRecord>> {
    return fetch_all(connection,
                     job_columns_but_request,
                     "state = 'Pending' AND parent_id IS NOT NULL AND NOT EXISTS "
                     "(SELECT 1 FROM jobs parent WHERE parent.id = jobs.parent_id AND "
                     "(parent.state IN ('Pending', 'Running') OR "
                     "(parent.state = 'Done' AND parent.last_modified <= jobs.last_modified))) "
                     "ORDER BY sequence",
                     {});
  });
}

Result<std::uint64_t> JobTable::pending_before(std::int64_t sequence) {
  return database_.read([&](Connection& connection) -> Result<std::uint64_t> {
    return static_cast<std::uint64_t>(connection.scalar(
        "SELECT COUNT(*) FROM jobs WHERE state = 'Pending' AND sequence < :sequence",
        {static_cast<long long>(sequence)}));
  });
}

Result<std::vector<JobRecord>> JobTable::pending_children(std::span<const Uuid> parents) {
  using Records = std::vector<JobRecord>;
  return database_.read([&](Connection& connection) -> Result<Records> {
    Records records;
    for_each_id_list(parents, [&](const IdList& list) {
      auto some =
          fetch_all(connection,
                    job_columns_but_request,
                    fmt::format("state = 'Pending' AND parent_id IN ({})", list.placeholders),
                    list.values);
      std::move(some.begin(), some.end(), std::back_inserter(records));
    });
    return records;
  });
}

Result<std::vector<JobRecord>> JobTable::with_worker() {
  return database_.read([&](Connection& connection) -> Result<std::vector<JobRecord>> {
    return fetch_all(connection, job_columns_but_request, "has_worker = 1 ORDER BY sequence", {});
  });
}

Result<bool> JobTable::transition(Uuid id,
                                  JobState from,
                                  JobState to,
                                  const std::optional<Json>& result) {
  Values values = {std::string(name_of(to)), now_iso()};
  if (result) {
    values.emplace_back(to_text(*result));
  }
  values.emplace_back(id.to_string());
  values.emplace_back(std::string(name_of(from)));
  return database_.write([&](Connection& connection) -> Result<bool> {
    return connection.execute(
               fmt::format("UPDATE jobs SET state = :to_state, last_modified = :now{} "
                           "WHERE id = :id AND state = :from_state",
                           result ? ", result = :result" : ""),
               values) > 0;
  });
}

Result<bool> JobTable::set_result(Uuid id, const Json& result) {
  const std::string text = to_text(result);
  return database_.write([&](Connection& connection) -> Result<bool> {
    return connection.execute(
               "UPDATE jobs SET last_modified = CASE WHEN result = :same THEN last_modified "
               "ELSE :now END, result = :result WHERE id = :id AND state = :running",
               {text, now_iso(), text, id.to_string(), std::string(name_of(JobState::running))}) >
           0;
  });
}

Result<std::optional<JobRecord>> JobTable::claim(Uuid id, const Json& result) {
  using Claimed = std::optional<JobRecord>;
  return database_.write([&](Connection& connection) -> Result<Claimed> {
    if (!change_state(connection,
                      id,
                      "state = 'Pending' AND has_worker = 0",
                      "state = 'Running', has_worker = 1",
                      result)) {
      return Claimed();
    }
    ATHANOR_TRY(JobRecord record, fetch_one(connection, job_columns, "id = :id", {id.to_string()}));
    return Claimed(std::move(record));
  });
}

Result<bool> JobTable::settle(Uuid id, JobState to, const Json& result) {
  return database_.write([&](Connection& connection) -> Result<bool> {
    const bool changed = change_state(connection,
                                      id,
                                      "state = 'Running'",
                                      fmt::format("state = '{}', has_worker = 0", name_of(to)),
                                      result);
    if (!changed) {
      connection.execute("UPDATE jobs SET has_worker = 0 WHERE id = :id", {id.to_string()});
    }
    return changed;
  });
}

Result<bool> JobTable::resume(Uuid id, const Json& result) {
  return database_.write([&](Connection& connection) -> Result<bool> {
    return change_state(
        connection, id, "state = 'Error'", "state = 'Pending', attempt = attempt + 1", result);
  });
}

Status JobTable::note_waiting(std::span<const JobRecord> jobs) {
  if (jobs.empty()) {
    return {};
  }
  return database_.write([&](Connection& connection) -> Status {
    for (const JobRecord& job : jobs) {
      change_state(connection, job.id, "state = 'Pending'", "state = 'Pending'", job.result);
    }
    return {};
  });
}

Result<JobRecord> JobTable::remove(Uuid user, OwnerKind kind, Uuid owner, Uuid id) {
  return database_.write([&](Connection& connection) -> Result<JobRecord> {
    ATHANOR_TRY(JobRecord record, fetch_owned(connection, user, kind, owner, id));
    if (record.state == JobState::pending || record.state == JobState::running) {
      return fail(ErrorCode::conflict,
                  fmt::format("the job is {}; cancel it first", name_of(record.state)));
    }
    if (record.has_worker) {
      return fail(ErrorCode::conflict, "the job's worker is still stopping; try again");
    }
    note_removed_folder(connection, job_folder(id));
    connection.execute("DELETE FROM jobs WHERE id = :id", {id.to_string()});
    return record;
  });
}

}  // namespace athanor::store
