#include "athanor/store/dataset_table.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "athanor/core/clock.hpp"
#include "athanor/store/owners.hpp"
#include "athanor/store/removed_folder_table.hpp"
#include "athanor/store/selection.hpp"
#include "athanor/store/text_check.hpp"

namespace athanor::store {

namespace {

constexpr std::string_view dataset_columns =
    "id, user_id, created_on, last_modified, name, description, version, logo, type, format, "
    "data_folder";

DatasetRecord read_dataset(Row& row) {
  // A braced list is evaluated from left to right, as the row must be read.
  return {.id = row.uuid(),
          .user_id = row.uuid(),
          .created_on = row.text(),
          .last_modified = row.text(),
          .name = row.text(),
          .description = row.text(),
          .version = row.text(),
          .logo = row.text(),
          .type = row.text(),
          .format = row.text(),
          .data_folder = row.text()};
}

Status check_texts(const DatasetRecord& record) {
  return check_storable({{"name", record.name},
                         {"description", record.description},
                         {"version", record.version},
                         {"logo", record.logo}});
}

Result<DatasetRecord> fetch(Connection& connection, Uuid user, Uuid id) {
  std::optional<DatasetRecord> found;
  connection.query(
      fmt::format("SELECT {} FROM datasets WHERE id = :id AND user_id = :user_id", dataset_columns),
      {id.to_string(), user.to_string()},
      [&](Row& row) { found = read_dataset(row); });
  if (!found) {
    return fail(unknown(OwnerKind::dataset));
  }
  return std::move(*found);
}

/// What a change may write, last_modified to data_folder, in the order of the columns.
Values changeable_values(const DatasetRecord& record) {
  return {record.last_modified,
          record.name,
          record.description,
          record.version,
          record.logo,
          record.type,
          record.format,
          record.data_folder};
}

void write_changes(Connection& connection, const DatasetRecord& record) {
  auto values = changeable_values(record);
  values.emplace_back(record.id.to_string());
  connection.execute(
      "UPDATE datasets SET last_modified = :last_modified, name = :name, "
      "description = :description, version = :version, logo = :logo, type = :type, "
      "format = :format, data_folder = :data_folder WHERE id = :id",
      values);
}

void insert_dataset(Connection& connection, const DatasetRecord& record) {
  Values values{record.id.to_string(), record.user_id.to_string(), record.created_on};
  std::ranges::copy(changeable_values(record), std::back_inserter(values));
  connection.execute(fmt::format("INSERT INTO datasets ({}) VALUES (:id, :user_id, :created_on, "
                                 ":last_modified, :name, :description, :version, :logo, :type, "
                                 ":format, :data_folder)",
                                 dataset_columns),
                     values);
}

/// A model that reads the dataset, if there is one.
std::optional<std::string> linking_model(Connection& connection, Uuid dataset) {
  std::optional<std::string> name;
  connection.query(
      "SELECT models.name FROM model_datasets JOIN models ON models.id = model_datasets.model_id "
      "WHERE model_datasets.dataset_id = :id LIMIT 1",
      {dataset.to_string()},
      [&](Row& row) { name = row.text(); });
  return name;
}

Result<DatasetRecord> fetch_removable_dataset(Connection& connection, Uuid user, Uuid id) {
  ATHANOR_TRY(DatasetRecord record, fetch(connection, user, id));
  if (const auto model = linking_model(connection, id)) {
    return fail(ErrorCode::conflict,
                fmt::format("the dataset is in use by the model \"{}\"; unlink or delete that "
                            "model first",
                            *model));
  }
  return record;
}

}  // namespace

Status DatasetTable::insert(const DatasetRecord& record) {
  ATHANOR_CHECK_OK(check_texts(record));
  return database_.write([&](Connection& connection) -> Status {
    insert_dataset(connection, record);
    return {};
  });
}

Result<DatasetRecord> DatasetTable::get(Uuid user, Uuid id) {
  return database_.read([&](Connection& connection) { return fetch(connection, user, id); });
}

Result<Page<DatasetRecord>> DatasetTable::list(Uuid user, const ListQuery& query) {
  Selection selection("datasets");
  selection.require("user_id = :user_id", user.to_string());
  if (query.name) {
    selection.require("name = :name", *query.name);
  }
  if (query.type) {
    selection.require("type = :type", *query.type);
  }
  return database_.read([&](Connection& connection) -> Result<Page<DatasetRecord>> {
    return fetch_page(
        connection, dataset_columns, selection, query, {"last_modified", "id"}, read_dataset);
  });
}

Result<DatasetRecord> DatasetTable::update(Uuid user,
                                           Uuid id,
                                           const std::function<Status(DatasetRecord&)>& change) {
  return database_.write([&](Connection& connection) -> Result<DatasetRecord> {
    ATHANOR_TRY(DatasetRecord record, fetch(connection, user, id));
    const std::string former_data = record.data_folder;
    ATHANOR_CHECK_OK(change(record));
    ATHANOR_CHECK_OK(check_texts(record));
    record.last_modified = now_iso();
    write_changes(connection, record);
    if (!former_data.empty() && former_data != record.data_folder) {
      note_removed_folder(connection, former_data);
    }
    return record;
  });
}

Result<std::vector<std::string>> DatasetTable::data_folders() {
  using Folders = std::vector<std::string>;
  return database_.read([](Connection& connection) -> Result<Folders> {
    Folders folders;
    connection.query("SELECT data_folder FROM datasets WHERE data_folder <> ''", {}, [&](Row& row) {
      folders.push_back(row.text());
    });
    return folders;
  });
}

Status DatasetTable::check_removable(Uuid user, Uuid id) {
  return database_.read([&](Connection& connection) -> Status {
    ATHANOR_CHECK_OK(fetch_removable_dataset(connection, user, id));
    return {};
  });
}

Result<DatasetRecord> DatasetTable::remove(Uuid user, Uuid id) {
  return database_.write([&](Connection& connection) -> Result<DatasetRecord> {
    ATHANOR_TRY(DatasetRecord record, fetch_removable_dataset(connection, user, id));
    ATHANOR_CHECK_OK(delete_owner(connection, OwnerKind::dataset, id));
    return record;
  });
}

}  // namespace athanor::store
