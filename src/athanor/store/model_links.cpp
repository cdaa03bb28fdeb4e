#include "athanor/store/model_links.hpp"

#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/store/id_list.hpp"
#include "athanor/store/owners.hpp"

namespace athanor::store {

namespace {

using SingleLink = std::pair<std::string_view, std::optional<Uuid> ModelRecord::*>;

constexpr std::string_view train_role = "train_datasets";
constexpr SingleLink single_links[] = {
    {"eval_dataset", &ModelRecord::eval_dataset},
    {"inference_dataset", &ModelRecord::inference_dataset},
    {"calibration_dataset", &ModelRecord::calibration_dataset},
};

Status check_link(Connection& connection, std::string_view field, OwnerKind kind, Uuid id) {
  if (owner_exists(connection, kind, id)) {
    return {};
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("{}: there is no {} {}", field, name_of(kind), id.to_string()));
}

void insert_link(
    Connection& connection, Uuid model, std::string_view role, std::size_t place, Uuid dataset) {
  connection.execute(
      "INSERT INTO model_datasets (model_id, role, place, dataset_id) "
      "VALUES (:model_id, :role, :place, :dataset_id)",
      {model.to_string(), std::string(role), static_cast<long long>(place), dataset.to_string()});
}

void set_link(ModelRecord& record, std::string_view role, Uuid dataset) {
  if (role == train_role) {
    record.train_datasets.push_back(dataset);
  }
  for (const auto& [name, field] : single_links) {
    if (role == name) {
      record.*field = dataset;
    }
  }
}

}  // namespace

Status check_links(Connection& connection, const ModelRecord& record) {
  for (const Uuid id : record.train_datasets) {
    ATHANOR_CHECK_OK(check_link(connection, train_role, OwnerKind::dataset, id));
  }
  for (const auto& [name, field] : single_links) {
    if (record.*field) {
      ATHANOR_CHECK_OK(check_link(connection, name, OwnerKind::dataset, *(record.*field)));
    }
  }
  return record.ptm ? check_link(connection, "ptm", OwnerKind::model, *record.ptm) : Status();
}

void write_links(Connection& connection, const ModelRecord& record) {
  connection.execute("DELETE FROM model_datasets WHERE model_id = :id", {record.id.to_string()});
  for (std::size_t place = 0; place < record.train_datasets.size(); ++place) {
    insert_link(connection, record.id, train_role, place, record.train_datasets[place]);
  }
  for (const auto& [name, field] : single_links) {
    if (record.*field) {
      insert_link(connection, record.id, name, 0, *(record.*field));
    }
  }
}

void read_links(Connection& connection, std::span<ModelRecord> records) {
  std::unordered_map<Uuid, ModelRecord*> by_id;
  std::vector<Uuid> ids;
  for (auto& record : records) {
    by_id.emplace(record.id, &record);
    ids.push_back(record.id);
  }
  for_each_id_list(ids, [&](const IdList& list) {
    connection.query(fmt::format("SELECT model_id, role, dataset_id FROM model_datasets "
                                 "WHERE model_id IN ({}) ORDER BY model_id, role, place",
                                 list.placeholders),
                     list.values,
                     [&](Row& row) {
                       ModelRecord& record = *by_id.at(row.uuid());
                       const std::string role = row.text();
                       set_link(record, role, row.uuid());
                     });
  });
}

}  // namespace athanor::store
