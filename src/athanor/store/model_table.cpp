#include "athanor/store/model_table.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

#include "athanor/core/clock.hpp"
#include "athanor/core/data_folder.hpp"
#include "athanor/store/model_links.hpp"
#include "athanor/store/owners.hpp"
#include "athanor/store/removed_folder_table.hpp"
#include "athanor/store/selection.hpp"
#include "athanor/store/text_check.hpp"

namespace athanor::store {

namespace {

constexpr std::string_view model_columns =
    "id, user_id, created_on, last_modified, name, description, version, logo, ngc_path, "
    "additional_id_info, encryption_key, network_arch, read_only, is_public, ptm, automl, weights";

ModelRecord read_model(Row& row) {
  // A braced list is evaluated from left to right, as the row must be read.
  return {.id = row.uuid(),
          .user_id = row.uuid(),
          .created_on = row.text(),
          .last_modified = row.text(),
          .name = row.text(),
          .description = row.text(),
          .version = row.text(),
          .logo = row.optional_text(),
          .ngc_path = row.text(),
          .additional_id_info = row.optional_text(),
          .encryption_key = row.optional_text(),
          .network_arch = row.text(),
          .read_only = row.boolean(),
          .is_public = row.boolean(),
          .ptm = row.optional_uuid(),
          .train_datasets = {},
          .eval_dataset = {},
          .inference_dataset = {},
          .calibration_dataset = {},
          .automl = row.json(),
          .weights = row.optional_json()};
}

Status check_texts(const ModelRecord& record) {
  return check_storable({{"name", record.name},
                         {"description", record.description},
                         {"version", record.version},
                         {"logo", record.logo.value_or("")},
                         {"ngc_path", record.ngc_path},
                         {"additional_id_info", record.additional_id_info.value_or("")},
                         {"encryption_key", record.encryption_key.value_or("")}});
}

Result<ModelRecord> fetch(Connection& connection, Uuid user, Uuid id, bool include_public) {
  std::vector<ModelRecord> found;
  const std::string_view visible =
      include_public ? "(user_id = :user_id OR is_public = 1)" : "user_id = :user_id";
  connection.query(
      fmt::format("SELECT {} FROM models WHERE id = :id AND {}", model_columns, visible),
      {id.to_string(), user.to_string()},
      [&](Row& row) { found.push_back(read_model(row)); });
  if (found.empty()) {
    return fail(unknown(OwnerKind::model));
  }
  read_links(connection, found);
  return std::move(found.front());
}

/// What a change may write, last_modified to automl, in the order of the columns.
Values changeable_values(const ModelRecord& record) {
  return {record.last_modified,
          record.name,
          record.description,
          record.version,
          to_value(record.logo),
          record.ngc_path,
          to_value(record.additional_id_info),
          to_value(record.encryption_key),
          record.network_arch,
          record.read_only ? 1LL : 0LL,
          record.is_public ? 1LL : 0LL,
          to_value(record.ptm),
          to_text(record.automl)};
}

void write_changes(Connection& connection, const ModelRecord& record) {
  auto values = changeable_values(record);
  values.emplace_back(record.id.to_string());
  connection.execute(
      "UPDATE models SET last_modified = :last_modified, name = :name, "
      "description = :description, version = :version, logo = :logo, ngc_path = :ngc_path, "
      "additional_id_info = :additional_id_info, encryption_key = :encryption_key, "
      "network_arch = :network_arch, read_only = :read_only, is_public = :is_public, ptm = :ptm, "
      "automl = :automl WHERE id = :id",
      values);
  write_links(connection, record);
}

/// Refused while other models have it as ptm, whoever's they are. It may be its own, to be trained
/// in rounds.
Status check_no_ptm(Connection& connection, Uuid id) {
  const auto users = connection.scalar("SELECT COUNT(*) FROM models WHERE ptm = :id AND id <> ptm",
                                       {id.to_string()});
  return users == 0
             ? Status()
             : Status(
                   fail(ErrorCode::conflict,
                        fmt::format("the model is in use as ptm of {}; change or delete {} first",
                                    users == 1 ? "another model" : fmt::format("{} models", users),
                                    users == 1 ? "that one" : "those")));
}

Result<ModelRecord> fetch_removable_model(Connection& connection, Uuid user, Uuid id) {
  ATHANOR_TRY(ModelRecord record, fetch(connection, user, id, false));
  ATHANOR_CHECK_OK(check_no_ptm(connection, id));
  if (record.is_public) {
    return fail(ErrorCode::conflict, "the model is public; set public to false first");
  }
  if (record.read_only) {
    return fail(ErrorCode::conflict, "the model is read_only; set read_only to false first");
  }
  return record;
}

Status insert_model(Connection& connection, const ModelRecord& record) {
  ATHANOR_CHECK_OK(check_links(connection, record));
  Values values{record.id.to_string(), record.user_id.to_string(), record.created_on};
  std::ranges::copy(changeable_values(record), std::back_inserter(values));
  values.push_back(
      to_value(record.weights.is_null() ? std::nullopt : std::optional(to_text(record.weights))));
  connection.execute(
      fmt::format(
          "INSERT INTO models ({}) VALUES (:id, :user_id, :created_on, :last_modified, "
          ":name, :description, :version, :logo, :ngc_path, :additional_id_info, "
          ":encryption_key, :network_arch, :read_only, :is_public, :ptm, :automl, :weights)",
          model_columns),
      values);
  write_links(connection, record);
  return {};
}

/// The weights' folder goes with the record.
Result<ModelRecord> erase(Connection& connection, ModelRecord record) {
  ATHANOR_CHECK_OK(delete_owner(connection, OwnerKind::model, record.id));
  if (!record.weights.is_null()) {
    note_removed_folder(connection, pretrained_folder(record.id));
  }
  return record;
}

}  // namespace

Status ModelTable::insert(const ModelRecord& record) {
  ATHANOR_CHECK_OK(check_texts(record));
  return database_.write([&](Connection& connection) { return insert_model(connection, record); });
}

Result<ModelRecord> ModelTable::get(Uuid user, Uuid id, bool include_public) {
  return database_.read(
      [&](Connection& connection) { return fetch(connection, user, id, include_public); });
}

Result<Page<ModelRecord>> ModelTable::list(Uuid user, const ListQuery& query) {
  Selection selection("models");
  selection.require("(user_id = :user_id OR is_public = 1)", user.to_string());
  if (query.name) {
    selection.require("name = :name", *query.name);
  }
  if (query.arch) {
    selection.require("network_arch = :arch", *query.arch);
  }
  if (query.read_only) {
    selection.require("read_only = :read_only", *query.read_only ? 1LL : 0LL);
  }
  for (std::size_t i = 0; i < query.left_out.size(); ++i) {
    selection.require(fmt::format("id <> :left_out{}", i), query.left_out[i].to_string());
  }
  return database_.read([&](Connection& connection) -> Result<Page<ModelRecord>> {
    auto page = fetch_page(
        connection, model_columns, selection, query, {"last_modified", "id"}, read_model);
    read_links(connection, page.records);
    return page;
  });
}

Result<ModelRecord> ModelTable::update(Uuid user,
                                       Uuid id,
                                       const std::function<Status(ModelRecord&)>& change) {
  return database_.write([&](Connection& connection) -> Result<ModelRecord> {
    ATHANOR_TRY(ModelRecord record, fetch(connection, user, id, false));
    ATHANOR_CHECK_OK(change(record));
    ATHANOR_CHECK_OK(check_texts(record));
    ATHANOR_CHECK_OK(check_links(connection, record));
    record.last_modified = now_iso();
    write_changes(connection, record);
    return record;
  });
}

Status ModelTable::check_removable(Uuid user, Uuid id) {
  return database_.read([&](Connection& connection) -> Status {
    ATHANOR_CHECK_OK(fetch_removable_model(connection, user, id));
    return {};
  });
}

Result<ModelRecord> ModelTable::remove(Uuid user, Uuid id) {
  return database_.write([&](Connection& connection) -> Result<ModelRecord> {
    ATHANOR_TRY(ModelRecord record, fetch_removable_model(connection, user, id));
    return erase(connection, std::move(record));
  });
}

Status ModelTable::insert_pretrained(const ModelRecord& record) {
  ATHANOR_CHECK_OK(check_texts(record));
  return database_.write([&](Connection& connection) -> Status {
    const auto namesakes = connection.scalar(
        "SELECT COUNT(*) FROM models WHERE weights IS NOT NULL AND network_arch = :network_arch "
        "AND name = :name",
        {record.network_arch, record.name});
    if (namesakes > 0) {
      return fail(
          ErrorCode::conflict,
          fmt::format("{} has a pretrained model \"{}\" already: remove it first, or choose "
                      "another name",
                      record.network_arch,
                      record.name));
    }
    return insert_model(connection, record);
  });
}

Result<std::vector<ModelRecord>> ModelTable::pretrained() {
  using Records = std::vector<ModelRecord>;
  return database_.read([](Connection& connection) -> Result<Records> {
    Records records;
    connection.query(fmt::format("SELECT {} FROM models WHERE weights IS NOT NULL "
                                 "ORDER BY network_arch, name, id",
                                 model_columns),
                     {},
                     [&](Row& row) { records.push_back(read_model(row)); });
    return records;
  });
}

Result<ModelRecord> ModelTable::remove_pretrained(Uuid id) {
  return database_.write([&](Connection& connection) -> Result<ModelRecord> {
    std::vector<ModelRecord> found;
    connection.query(
        fmt::format("SELECT {} FROM models WHERE weights IS NOT NULL AND id = :id", model_columns),
        {id.to_string()},
        [&](Row& row) { found.push_back(read_model(row)); });
    if (found.empty()) {
      return fail(ErrorCode::not_found, "Pretrained model not found");
    }
    ATHANOR_CHECK_OK(check_no_ptm(connection, id));
    return erase(connection, std::move(found.front()));
  });
}

}  // namespace athanor::store
