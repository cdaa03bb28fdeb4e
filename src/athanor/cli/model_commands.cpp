#include "athanor/cli/model_commands.hpp"

#include <fmt/format.h>

#include "athanor/cli/key_value.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/crypto/key_file.hpp"

namespace athanor::cli {

namespace {

constexpr std::string_view cleared = "none";

/// What `show` and `update` print.
const std::vector<std::string> model_fields_shown = {"id",
                                                     "name",
                                                     "description",
                                                     "network_arch",
                                                     "version",
                                                     "train_datasets",
                                                     "eval_dataset",
                                                     "inference_dataset",
                                                     "calibration_dataset",
                                                     "ptm",
                                                     "ngc_path",
                                                     "read_only",
                                                     "public",
                                                     "created_on",
                                                     "last_modified"};

void add_link(Json& body, const char* key, const std::optional<std::string>& id) {
  if (id) {
    body[key] = *id == cleared ? Json(nullptr) : Json(*id);
  }
}

void add_links(Json& body, const ModelLinks& links) {
  if (links.train_datasets == std::vector<std::string>{std::string(cleared)}) {
    body["train_datasets"] = Json::array();
  } else if (!links.train_datasets.empty()) {
    body["train_datasets"] = links.train_datasets;
  }
  add_link(body, "eval_dataset", links.eval_dataset);
  add_link(body, "inference_dataset", links.inference_dataset);
  add_link(body, "calibration_dataset", links.calibration_dataset);
  add_link(body, "ptm", links.ptm);
}

Status add_key(Json& body, const std::filesystem::path& file) {
  if (file.empty()) {
    return {};
  }
  const auto key = crypto::read_key_file(file);
  if (!key) {
    return fail(key.error().within("--key-file"));
  }
  body["encryption_key"] = key->expose();
  return {};
}

template <class Options>
std::string spec_path(const Options& options) {
  return fmt::format("/{}/{}/specs/{}", options.owner, options.id, options.action);
}

/// The document that assignments change.
Result<Json> base_spec(Context& context, const SpecSetOptions& options) {
  if (options.file) {
    return read_spec_file(*options.file);
  }
  auto saved = context.client.get(spec_path(options));
  if (!saved && saved.error().code == ErrorCode::not_found) {
    return Json::object();
  }
  return saved;
}

}  // namespace

Result<Json> read_spec_file(const std::filesystem::path& path) {
  ATHANOR_TRY(const auto text, read_file(path, limits::json_body_bytes));
  auto spec = parse_json(text);
  if (!spec) {
    return fail(spec.error().within(path.string()));
  }
  return spec;
}

Result<ExitCode> model_create(Context& context, const ModelCreateOptions& options) {
  Json body = {{"network_arch", options.network}};
  add_details(body, options.details);
  add_links(body, options.links);
  body.update(options.fields.values);
  ATHANOR_CHECK_OK(add_key(body, options.key_file));
  ATHANOR_TRY(const auto record, context.client.post("/model", body));
  print_made(context, record);
  return ExitCode::ok;
}

Result<ExitCode> model_list(Context& context, const ModelListOptions& options) {
  const auto query = query_text(
      {{"name", options.name}, {"arch", options.network}, {"read_only", options.read_only}},
      options.paging);
  ATHANOR_TRY(const auto records, context.client.get("/model" + query));
  print_list(context, records, {"id", "name", "network_arch", "last_modified"});
  return ExitCode::ok;
}

Result<ExitCode> model_show(Context& context, const std::string& id) {
  ATHANOR_TRY(const auto record, context.client.get("/model/" + id));
  print_record(context, record, model_fields_shown);
  return ExitCode::ok;
}

Result<ExitCode> model_update(Context& context, const ModelUpdateOptions& options) {
  Json body = Json::object();
  add_details(body, options.details);
  add_links(body, options.links);
  body.update(options.fields.values);
  ATHANOR_CHECK_OK(add_key(body, options.key_file));
  ATHANOR_TRY(const auto record, context.client.patch("/model/" + options.id, body));
  print_record(context, record, model_fields_shown);
  return ExitCode::ok;
}

Result<ExitCode> model_delete(Context& context, const std::string& id) {
  ATHANOR_TRY(const auto record, context.client.remove("/model/" + id));
  print_done(context, record, fmt::format("model {} deleted", id));
  return ExitCode::ok;
}

Result<ExitCode> spec_schema(Context& context, const SchemaOptions& options) {
  ATHANOR_TRY(const auto schema, context.client.get(spec_path(options) + "/schema"));
  print_json(options.only_default && schema.contains("default") ? schema.at("default") : schema);
  return ExitCode::ok;
}

Result<ExitCode> spec_get(Context& context, const SpecGetOptions& options) {
  ATHANOR_TRY(const auto spec, context.client.get(spec_path(options)));
  print_json(spec);
  return ExitCode::ok;
}

Result<ExitCode> spec_set(Context& context, const SpecSetOptions& options) {
  if (!options.file && options.assignments.empty()) {
    return fail(ErrorCode::invalid_argument,
                "nothing to set; give --file FILE, or KEY=VALUE such as train_config.n_epochs=5");
  }
  ATHANOR_TRY(auto spec, base_spec(context, options));
  ATHANOR_CHECK_OK(apply_assignments(spec, options.assignments));
  ATHANOR_TRY(const auto saved, context.client.post(spec_path(options), spec));
  print_done(context, saved, fmt::format("spec of {} saved", options.action));
  return ExitCode::ok;
}

}  // namespace athanor::cli
