#include "athanor/api/record_json.hpp"

#include <string>

#include "athanor/catalog/datasets.hpp"
#include "athanor/catalog/networks.hpp"

namespace athanor::api {

namespace {

constexpr std::size_t model_members = 32;  ///< No fewer than a model has.

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

Json to_json(store::JobRecord job) {
  Json json = object_with_room_for(7);
  append_member(json, "id", job.id.to_string());
  append_member(json, "parent_id", id_or_null(job.parent_id));
  append_member(json, "created_on", std::move(job.created_on));
  append_member(json, "last_modified", std::move(job.last_modified));
  append_member(json, "action", std::move(job.action));
  append_member(json, "status", name_of(job.state));
  append_member(json, "result", std::move(job.result));
  return json;
}

Json to_json(const store::DatasetRecord& dataset, std::span<const store::JobRecord> jobs) {
  Json json = object_with_room_for(11);
  append_member(json, "id", dataset.id.to_string());
  append_member(json, "created_on", dataset.created_on);
  append_member(json, "last_modified", dataset.last_modified);
  append_member(json, "name", dataset.name);
  append_member(json, "description", dataset.description);
  append_member(json, "version", dataset.version);
  append_member(json, "logo", dataset.logo);
  append_member(json, "type", dataset.type);
  append_member(json, "format", dataset.format);
  append_member(json,
                "actions",
                names_to_json(catalog::runnable_dataset_actions(dataset.type, dataset.format)));
  append_member(json, "jobs", jobs_to_json(jobs));
  return json;
}

Json to_json(const store::ModelRecord& model, std::span<const store::JobRecord> jobs) {
  const auto* network = catalog::find_network(model.network_arch);
  Json json = object_with_room_for(model_members);
  append_member(json, "id", model.id.to_string());
  append_member(json, "created_on", model.created_on);
  append_member(json, "last_modified", model.last_modified);
  append_member(json, "name", model.name);
  append_member(json, "description", model.description);
  append_member(json, "version", model.version);
  append_member(json, "logo", text_or_null(model.logo));
  append_member(json, "ngc_path", model.ngc_path);
  append_member(json, "additional_id_info", text_or_null(model.additional_id_info));
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
