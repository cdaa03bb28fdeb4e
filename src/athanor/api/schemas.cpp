#include "athanor/api/schemas.hpp"

#include <string>
#include <utility>

#include "athanor/api/schema_parts.hpp"
#include "athanor/catalog/datasets.hpp"
#include "athanor/catalog/networks.hpp"

namespace athanor::api {

namespace {

template <class Range, class Projection>
Json enum_schema(const Range& values, Projection name_of) {
  Json names = Json::array();
  for (const auto& value : values) {
    names.push_back(std::string(name_of(value)));
  }
  return {{"type", "string"}, {"enum", std::move(names)}};
}

Json dataset_type_schema() {
  return enum_schema(catalog::dataset_types(), [](const auto& type) { return type.name; });
}

Json dataset_format_schema() {
  return enum_schema(catalog::dataset_formats(), [](auto format) { return format; });
}

Json network_schema() {
  return enum_schema(catalog::networks(), [](const auto& network) { return network.name; });
}

Json detailed_status_schema() {
  return closed_object_schema({{"date", string_schema()},
                               {"time", string_schema()},
                               {"message", string_schema()},
                               {"status", string_schema()}});
}

Json graphical_schema() {
  return closed_object_schema({{"metric", string_schema()},
                               {"x_min", integer_schema()},
                               {"x_max", integer_schema()},
                               {"y_min", nullable(number_schema())},
                               {"y_max", nullable(number_schema())},
                               {"values", array_schema(nullable(number_schema()))},
                               {"units", nullable(string_schema())}});
}

Json categorical_schema() {
  const auto value =
      closed_object_schema({{"category", string_schema()}, {"value", nullable(number_schema())}});
  return closed_object_schema(
      {{"metric", string_schema()}, {"category_wise_values", array_schema(value)}});
}

/// Empty until the first status line.
Json result_schema() {
  const auto kpi =
      closed_object_schema({{"metric", string_schema()}, {"value", nullable(number_schema())}});
  const auto stat = closed_object_schema({{"metric", string_schema()}, {"value", string_schema()}});
  return closed(object_schema({{"detailed_status", detailed_status_schema()},
                               {"graphical", array_schema(graphical_schema())},
                               {"categorical", array_schema(categorical_schema())},
                               {"kpi", array_schema(kpi)},
                               {"stats", array_schema(stat)},
                               {"epoch", nullable(integer_schema())},
                               {"cur_epoch", nullable(number_schema())},
                               {"max_epoch", nullable(integer_schema())},
                               {"time_per_epoch", nullable(string_schema())},
                               {"eta", nullable(string_schema())}}));
}

/// The keys of any node of a spec's schema: a group, a list or a leaf.
Json schema_node_properties() {
  const auto any = Json::object();
  const auto names = array_schema(string_schema());
  const auto node = reference_to("SpecSchemaNode");
  return {{"type",
           {{"type", "string"},
            {"enum", {"object", "array", "integer", "number", "boolean", "string"}}}},
          {"title", string_schema()},
          {"description", string_schema()},
          {"examples", array_schema(any)},
          {"default", any},
          {"const", any},
          {"minimum", number_schema()},
          {"maximum", number_schema()},
          {"enum", array_schema(any)},
          {"pattern", string_schema()},
          {"items", node},
          {"properties", {{"type", "object"}, {"additionalProperties", node}}},
          {"required", names},
          {"popular", names},
          {"automl_default_parameters", names},
          {"x-athanor", {{"type", "string"}, {"enum", {"ignored"}}}}};
}

Json spec_schema_schema() {
  const auto node = schema_node_properties();
  auto root = closed(object_schema({{"type", {{"type", "string"}, {"enum", {"object"}}}},
                                    {"default", {{"type", "object"}}},
                                    {"required", node.at("required")},
                                    {"popular", node.at("popular")},
                                    {"automl_default_parameters", node.at("required")},
                                    {"properties", node.at("properties")}}));
  root["required"] = {"type", "default", "properties"};
  return root;
}

Json job_schema() {
  return closed_object_schema(
      {{"id", id_schema()},
       {"parent_id", nullable(id_schema())},
       {"created_on", string_schema()},
       {"last_modified", string_schema()},
       {"action", string_schema()},
       {"status", {{"type", "string"}, {"enum", {"Done", "Running", "Error", "Pending"}}}},
       {"result", reference_to("JobResult")}});
}

Json explanation_schema() {
  const auto step = closed_object_schema({{"cause", string_schema()},
                                          {"what", string_schema()},
                                          {"evidence", string_schema()},
                                          {"mend", nullable(string_schema())}});
  return closed_object_schema(
      {{"job_id", id_schema()}, {"status", string_schema()}, {"chain", array_schema(step)}});
}

Json record_head() {
  return {{"id", id_schema()},
          {"created_on", string_schema()},
          {"last_modified", string_schema()},
          {"name", string_schema()},
          {"description", string_schema()},
          {"version", string_schema()},
          {"logo", nullable(string_schema())}};
}

Json dataset_schema() {
  auto properties = record_head();
  properties["type"] = dataset_type_schema();
  properties["format"] = dataset_format_schema();
  properties["actions"] = array_schema(string_schema());
  properties["jobs"] = array_of("Job");
  return closed_object_schema(std::move(properties));
}

Json automl_properties() {
  return {{"automl_enabled", boolean_schema()},
          {"automl_algorithm", nullable(string_schema())},
          {"automl_max_recommendations", nullable(integer_schema())},
          {"automl_delete_intermediate_ckpt", nullable(boolean_schema())},
          {"automl_R", nullable(integer_schema())},
          {"automl_nu", nullable(integer_schema())},
          {"metric", nullable(string_schema())},
          {"epoch_multiplier", nullable(integer_schema())},
          {"automl_add_hyperparameters", string_schema()},
          {"automl_remove_hyperparameters", string_schema()}};
}

Json model_schema() {
  auto properties = record_head();
  properties.update(Json{{"ngc_path", string_schema()},
                         {"additional_id_info", nullable(string_schema())},
                         {"encryption_key", string_schema()},
                         {"network_arch", network_schema()},
                         {"ptm", nullable(id_schema())},
                         {"dataset_type", dataset_type_schema()},
                         {"eval_dataset", nullable(id_schema())},
                         {"inference_dataset", nullable(id_schema())},
                         {"calibration_dataset", nullable(id_schema())},
                         {"train_datasets", array_schema(id_schema())},
                         {"read_only", boolean_schema()},
                         {"public", boolean_schema()},
                         {"actions", array_schema(string_schema())},
                         {"jobs", array_of("Job")}});
  properties.update(automl_properties());
  return closed_object_schema(std::move(properties), {"encryption_key"});
}

Json writable_head() {
  return {{"name", nullable(string_schema())},
          {"description", nullable(string_schema())},
          {"version", nullable(string_schema())},
          {"logo", nullable(string_schema())}};
}

Json dataset_request_schema() {
  auto properties = writable_head();
  properties["type"] = dataset_type_schema();
  properties["format"] = dataset_format_schema();
  return object_schema(std::move(properties));
}

/// What a body may set: additional_id_info describes pretrained models and is ignored, as ever.
Json model_request_schema() {
  // A link is an id; null clears it; clients of later releases send ptm as a list.
  const Json link = {{"oneOf", {nullable(id_schema()), array_schema(nullable(id_schema()))}}};
  auto properties = writable_head();
  properties.update(Json{{"ngc_path", nullable(string_schema())},
                         {"encryption_key", nullable(string_schema())},
                         {"network_arch", network_schema()},
                         {"ptm", link},
                         {"eval_dataset", link},
                         {"inference_dataset", link},
                         {"calibration_dataset", link},
                         {"train_datasets", link},
                         {"read_only", nullable(boolean_schema())},
                         {"public", nullable(boolean_schema())}});
  properties.update(automl_properties());
  return object_schema(std::move(properties));
}

Json pretrained_schema() {
  return closed_object_schema(
      {{"id", id_schema()},
       {"created_on", string_schema()},
       {"name", string_schema()},
       {"network_arch", network_schema()},
       {"ngc_path", string_schema()},
       {"backbone", string_schema()},
       {"classes", integer_schema()},
       {"parameters", integer_schema()},
       {"tensors", integer_schema()},
       {"format", {{"type", "string"}, {"enum", {"pytorch", "safetensors"}}}},
       {"notes", array_schema(string_schema())},
       {"file_name", string_schema()},
       {"file_bytes", integer_schema()},
       {"sha256", string_schema()}});
}

Json counts_schema() {
  return {{"type", "object"}, {"additionalProperties", integer_schema()}};
}

Json faults_schema() {
  const auto fault =
      closed_object_schema({{"kind", string_schema()},
                            {"severity", {{"type", "string"}, {"enum", {"warning"}}}},
                            {"file", string_schema()},
                            {"line", nullable(integer_schema())},
                            {"message", string_schema()},
                            {"mend", string_schema()}});
  return closed_object_schema(
      {{"total", integer_schema()}, {"by_kind", counts_schema()}, {"listed", array_schema(fault)}});
}

Json inspection_schema() {
  return closed_object_schema(
      {{"state", {{"type", "string"}, {"enum", {"waiting", "running", "complete", "failed"}}}},
       {"message", string_schema()},
       {"pictures", integer_schema()},
       {"decoded", integer_schema()},
       {"channels", counts_schema()},
       {"bits", counts_schema()},
       {"longest_side_up_to", counts_schema()},
       {"faults", faults_schema()}},
      {"message", "pictures", "decoded", "channels", "bits", "longest_side_up_to", "faults"});
}

Json dataset_report_schema() {
  return closed_object_schema(
      {{"dataset_id", id_schema()},
       {"created_on", string_schema()},
       {"type", dataset_type_schema()},
       {"format", dataset_format_schema()},
       {"files", integer_schema()},
       {"bytes", integer_schema()},
       {"pictures", integer_schema()},
       {"counts", {{"type", "object"}, {"additionalProperties", counts_schema()}}},
       {"faults", faults_schema()},
       {"inspection", inspection_schema()}});
}

Json resumable_upload_schema() {
  return closed_object_schema({{"offset", integer_schema()},
                               {"length", integer_schema()},
                               {"status", nullable(integer_schema())},
                               {"message", nullable(string_schema())}});
}

Json forecast_schema() {
  const auto basis = closed_object_schema({{"samples", integer_schema()},
                                           {"training_samples", integer_schema()},
                                           {"validation_samples", integer_schema()},
                                           {"threads", integer_schema()},
                                           {"workers", integer_schema()},
                                           {"step_seconds", number_schema()},
                                           {"read_seconds", number_schema()},
                                           {"step_bytes", integer_schema()},
                                           {"process_bytes", integer_schema()},
                                           {"seconds", number_schema()}});
  return closed_object_schema({{"created_on", string_schema()},
                               {"verdict", {{"type", "string"}, {"enum", {"works", "fails"}}}},
                               {"message", nullable(string_schema())},
                               {"memory_bytes", integer_schema()},
                               {"memory_limit_bytes", integer_schema()},
                               {"seconds_per_epoch", number_schema()},
                               {"seconds_total", number_schema()},
                               {"epochs", integer_schema()},
                               {"batch_size", integer_schema()},
                               {"based_on", basis}});
}

Json job_request_schema() {
  const auto group =
      object_schema({{"job", nullable(id_schema())}, {"actions", array_schema(string_schema())}});
  return {{"oneOf", {group, array_schema(group)}}};
}

}  // namespace

Json component_schemas() {
  return {
      {"Error",
       closed_object_schema({{"error_desc", string_schema()}, {"error_code", integer_schema()}})},
      {"Problem",
       closed_object_schema({{"type", string_schema()},
                             {"title", string_schema()},
                             {"status", integer_schema()},
                             {"detail", string_schema()},
                             {"error_desc", string_schema()},
                             {"error_code", integer_schema()}})},
      {"JobResult", result_schema()},
      {"Job", job_schema()},
      {"Dataset", dataset_schema()},
      {"DatasetRequest", dataset_request_schema()},
      {"DatasetReport", dataset_report_schema()},
      {"ResumableUpload", resumable_upload_schema()},
      {"Model", model_schema()},
      {"ModelRequest", model_request_schema()},
      {"Pretrained", pretrained_schema()},
      {"Artifact",
       closed_object_schema({{"name", string_schema()},
                             {"size", integer_schema()},
                             {"modified", string_schema()},
                             {"media_type", string_schema()}})},
      {"JobRequest", job_request_schema()},
      {"Explanation", explanation_schema()},
      {"Forecast", forecast_schema()},
      {"JobIds", array_schema(id_schema())},
      {"Spec", {{"type", "object"}}},
      {"SpecSchema", spec_schema_schema()},
      {"SpecSchemaNode", closed(object_schema(schema_node_properties()))},
      {"Empty", closed({{"type", "object"}})},
      {"Message", closed_object_schema({{"message", string_schema()}})}};
}

}  // namespace athanor::api
