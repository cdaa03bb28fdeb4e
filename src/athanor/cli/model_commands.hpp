#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "athanor/cli/context.hpp"
#include "athanor/cli/list_paging.hpp"
#include "athanor/cli/resource_details.hpp"

/// `athanor model ...`; see dataset_commands.hpp for what goes to standard output.
namespace athanor::cli {

/// Datasets and pretrained model of a model. "none" clears a link.
struct ModelLinks {
  std::vector<std::string> train_datasets;
  std::optional<std::string> eval_dataset;
  std::optional<std::string> inference_dataset;
  std::optional<std::string> calibration_dataset;
  std::optional<std::string> ptm;
};

/// Members of a model's record as the API takes them, for what is sent as it is given.
struct ModelFields {
  Json values = Json::object();
};

struct ModelCreateOptions {
  std::string network;
  ResourceDetails details;
  ModelLinks links;
  ModelFields fields;
  std::filesystem::path key_file;  ///< Holds the encryption key; empty for the default key.
};

struct ModelListOptions {
  std::optional<std::string> name;
  std::optional<std::string> network;
  std::optional<std::string> read_only;  ///< "true" or "false"
  ListPaging paging;
};

struct ModelUpdateOptions {
  std::string id;
  ResourceDetails details;
  ModelLinks links;
  ModelFields fields;
  std::filesystem::path key_file;  ///< Holds the encryption key of jobs to come; empty to keep it.
};

/// Whose specs: "model" or "dataset".
using SpecOwner = std::string;

struct SchemaOptions {
  SpecOwner owner;
  std::string id;
  std::string action;
  bool only_default = false;  ///< Print the complete default spec instead of the schema.
};

struct SpecGetOptions {
  SpecOwner owner;
  std::string id;
  std::string action;
};

struct SpecSetOptions {
  SpecOwner owner;
  std::string id;
  std::string action;
  std::optional<std::filesystem::path> file;
  std::vector<std::string> assignments;
};

[[nodiscard]] Result<ExitCode> model_create(Context& context, const ModelCreateOptions& options);
[[nodiscard]] Result<ExitCode> model_list(Context& context, const ModelListOptions& options);
[[nodiscard]] Result<ExitCode> model_show(Context& context, const std::string& id);
[[nodiscard]] Result<ExitCode> model_update(Context& context, const ModelUpdateOptions& options);
[[nodiscard]] Result<ExitCode> model_delete(Context& context, const std::string& id);
[[nodiscard]] Result<ExitCode> spec_schema(Context& context, const SchemaOptions& options);
[[nodiscard]] Result<ExitCode> spec_get(Context& context, const SpecGetOptions& options);
/// Saves a spec: the file where one is given, else the saved spec, with the assignments over it.
[[nodiscard]] Result<ExitCode> spec_set(Context& context, const SpecSetOptions& options);

/// A JSON document from disk; errors name the file.
[[nodiscard]] Result<Json> read_spec_file(const std::filesystem::path& path);

}  // namespace athanor::cli
