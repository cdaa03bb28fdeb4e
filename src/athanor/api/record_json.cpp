#include "athanor/api/record_json.hpp"

#include <string>

#include "athanor/catalog/datasets.hpp"
#include "athanor/catalog/networks.hpp"

namespace athanor::api {

namespace {

template <class Names>
Json names_to_json(const Names& names) {
  Json list = Json::array();
  for (const auto name : names) {
    list.push_back(std::string(name));
  }
  return list;
}

Json id_or_null(const std::optional<Uuid>& id) {
  return id ? Json(id->to_string()) : Json();
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}

Json ids_to_json(std::span<const Uuid> ids) {
  Json list = Json::array();
  for (const auto& id : ids) {
    list.push_back(id.to_string());
  }
  return list;
}

Json jobs_to_json(std::span<const store::JobRecord> jobs) {
  Json list = Json::array();
  for (const auto& job : jobs) {
    list.push_back(to_json(job));
  }
  return list;
}

}  // namespace

Json to_json(const store::JobRecord& job) {
  return {{"id", job.id.to_string()},
          {"parent_id", id_or_null(job.parent_id)},
          {"created_on", job.created_on},
          {"last_modified", job.last_modified},
          {"action", job.action},
          {"status", std::string(name_of(job.state))},
          {"result", job.result}};
}

Json to_json(const store::DatasetRecord& dataset, std::span<const store::JobRecord> jobs) {
  return {
      {"id", dataset.id.to_string()},
      {"created_on", dataset.created_on},
      {"last_modified", dataset.last_modified},
      {"name", dataset.name},
      {"description", dataset.description},
      {"version", dataset.version},
      {"logo", dataset.logo},
      {"type", dataset.type},
      {"format", dataset.format},
      {"actions", names_to_json(catalog::runnable_dataset_actions(dataset.type, dataset.format))},
      {"jobs", jobs_to_json(jobs)}};
}

Json to_json(const store::ModelRecord& model, std::span<const store::JobRecord> jobs) {
  const auto* network = catalog::find_network(model.network_arch);
  Json json = {{"id", model.id.to_string()},
               {"created_on", model.created_on},
               {"last_modified", model.last_modified},
               {"name", model.name},
               {"description", model.description},
               {"version", model.version},
               {"logo", text_or_null(model.logo)},
               {"ngc_path", model.ngc_path},
               {"additional_id_info", text_or_null(model.additional_id_info)}};
  // Clients recognise a pretrained model by the absence of its key.
  if (model.encryption_key) {
    json["encryption_key"] = *model.encryption_key;
  }
  json["network_arch"] = model.network_arch;
  json["ptm"] = id_or_null(model.ptm);
  json["dataset_type"] = network != nullptr ? std::string(network->dataset_type) : std::string();
  json["eval_dataset"] = id_or_null(model.eval_dataset);
  json["inference_dataset"] = id_or_null(model.inference_dataset);
  json["calibration_dataset"] = id_or_null(model.calibration_dataset);
  json["train_datasets"] = ids_to_json(model.train_datasets);
  json["read_only"] = model.read_only;
  json["public"] = model.is_public;
  json["actions"] = network != nullptr ? names_to_json(network->runnable) : Json::array();
  json["jobs"] = jobs_to_json(jobs);
  json.update(model.automl);
  return json;
}

Json automl_off() {
  return {{"automl_enabled", false},
          {"automl_algorithm", nullptr},
          {"automl_max_recommendations", nullptr},
          {"automl_delete_intermediate_ckpt", nullptr},
          {"automl_R", nullptr},
          {"automl_nu", nullptr},
          {"metric", nullptr},
          {"epoch_multiplier", nullptr},
          {"automl_add_hyperparameters", ""},
          {"automl_remove_hyperparameters", ""}};
}

}  // namespace athanor::api
