#include "athanor/store/owners.hpp"

#include <fmt/format.h>

#include "athanor/core/clock.hpp"
#include "athanor/core/data_folder.hpp"
#include "athanor/store/removed_folder_table.hpp"

namespace athanor::store {

namespace {

std::string table_of(OwnerKind kind) {
  return fmt::format("{}s", name_of(kind));
}

}  // namespace

Error unknown(OwnerKind kind) {
  return {ErrorCode::not_found,
          kind == OwnerKind::dataset ? "Dataset not found" : "Model not found"};
}

bool owner_exists(Connection& connection, OwnerKind kind, Uuid id) {
  return connection.scalar("SELECT COUNT(*) FROM " + table_of(kind) + " WHERE id = :id",
                           {id.to_string()}) > 0;
}

bool touch_owner(Connection& connection, OwnerKind kind, Uuid id) {
  return connection.execute("UPDATE " + table_of(kind) + " SET last_modified = :now WHERE id = :id",
                            {now_iso(), id.to_string()}) > 0;
}

Status delete_owner(Connection& connection, OwnerKind kind, Uuid id) {
  const Values owner = {id.to_string()};
  const auto busy = connection.scalar(
      "SELECT COUNT(*) FROM jobs WHERE owner_id = :id AND "
      "(state IN ('Pending', 'Running') OR has_worker = 1)",
      owner);
  if (busy > 0) {
    return fail(ErrorCode::unavailable,
                fmt::format("a job of the {} has not come to its end; try again", name_of(kind)));
  }
  note_removed_job_folders(connection, id);
  if (kind == OwnerKind::dataset) {
    note_removed_folder(connection, dataset_folder(id));
  }
  connection.execute("DELETE FROM specs WHERE owner_id = :id", owner);
  connection.execute("DELETE FROM jobs WHERE owner_id = :id", owner);
  connection.execute("DELETE FROM " + table_of(kind) + " WHERE id = :id", owner);
  return {};
}

}  // namespace athanor::store
