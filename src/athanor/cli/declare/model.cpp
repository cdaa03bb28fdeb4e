#include <cstdint>
#include <string>
#include <vector>

#include "athanor/cli/declare/resource_options.hpp"
#include "athanor/cli/decrypt_command.hpp"
#include "athanor/cli/model_commands.hpp"
#include "athanor/core/json.hpp"

namespace athanor::cli {

namespace {

void add_links(CLI::App& command, ModelLinks& links) {
  command.add_option("--train-dataset",
                     links.train_datasets,
                     "Dataset to train on; repeat for several, none clears");
  command.add_option("--eval-dataset", links.eval_dataset, "Dataset to evaluate on");
  command.add_option("--inference-dataset", links.inference_dataset, "Dataset for inference");
  command.add_option(
      "--calibration-dataset", links.calibration_dataset, "Dataset for INT8 calibration");
  command.add_option("--ptm", links.ptm, "Pretrained model to start from");
}

enum class FieldKind { text, boolean, count, names };

/// An option that sets one member of a model's record.
struct FieldOption {
  const char* name;
  const char* field;
  FieldKind kind;
  const char* description;
};

constexpr FieldOption field_options[] = {
    {"--ngc-path", "ngc_path", FieldKind::text, "Where it comes from, as clients look for it"},
    {"--read-only", "read_only", FieldKind::boolean, "It cannot be deleted"},
    {"--public", "public", FieldKind::boolean, "Other users may read it and start from it"},
};

constexpr FieldOption automl_option = {
    "--automl",
    "automl_enabled",
    FieldKind::boolean,
    "Trainings search for parameters; kept, but such trainings cannot run yet"};

/// Where automl_option comes without one of these, the server sets its default again.
constexpr FieldOption automl_options[] = {
    {"--automl-algorithm", "automl_algorithm", FieldKind::text, "Bayesian or HyperBand"},
    {"--automl-metric", "metric", FieldKind::text, "What the search improves, such as map"},
    {"--automl-max-recommendations",
     "automl_max_recommendations",
     FieldKind::count,
     "Trainings of a Bayesian search"},
    {"--automl-delete-checkpoints",
     "automl_delete_intermediate_ckpt",
     FieldKind::boolean,
     "Keep the best training's alone"},
    {"--automl-r", "automl_R", FieldKind::count, "Longest training of HyperBand"},
    {"--automl-nu", "automl_nu", FieldKind::count, "One in so many goes on in HyperBand"},
    {"--automl-epoch-multiplier", "epoch_multiplier", FieldKind::count, "Epochs of a unit of R"},
    {"--automl-add",
     "automl_add_hyperparameters",
     FieldKind::names,
     "Parameter to search beside the usual; repeat for several"},
    {"--automl-remove",
     "automl_remove_hyperparameters",
     FieldKind::names,
     "Parameter not to search; repeat for several"},
};

CLI::Option* add_field(CLI::App& command, const FieldOption& option, ModelFields& fields) {
  const auto set = [&fields, field = option.field](const auto& value) {
    fields.values[field] = value;
  };
  switch (option.kind) {
    case FieldKind::text:
      return command.add_option_function<std::string>(option.name, set, option.description);
    case FieldKind::boolean:
      return command
          .add_option_function<std::string>(
              option.name,
              [set](const std::string& text) { set(text == "true"); },
              option.description)
          ->check(CLI::IsMember({"true", "false"}));
    case FieldKind::count:
      return command.add_option_function<std::int64_t>(option.name, set, option.description)
          ->check(CLI::PositiveNumber);
    case FieldKind::names:
      // The API takes such a list as a text that holds one.
      return command.add_option_function<std::vector<std::string>>(
          option.name,
          [set](const std::vector<std::string>& names) { set(to_text(Json(names))); },
          option.description);
  }
  return nullptr;
}

void add_fields(CLI::App& command, ModelFields& fields) {
  for (const auto& option : field_options) {
    add_field(command, option, fields);
  }
  auto* automl = add_field(command, automl_option, fields);
  for (const auto& option : automl_options) {
    add_field(command, option, fields)->needs(automl);
  }
}

void add_key_file(CLI::App& command, std::filesystem::path& file) {
  command.add_option(
      "--key-file", file, "File with the encryption key for the weights of jobs to come");
}

}  // namespace

void add_model_commands(CLI::App& app, CommandLine& line) {
  auto& group = add_group(app, "model", "Networks with their datasets, specs and jobs");
  client_command<ModelCreateOptions>(
      group,
      line,
      "create",
      "Make a model; prints its id",
      [](CLI::App& command, ModelCreateOptions& options) {
        command.add_option("--network", options.network, "Network, such as classification")
            ->required();
        add_details(command, options.details);
        add_links(command, options.links);
        add_fields(command, options.fields);
        add_key_file(command, options.key_file);
      },
      model_create);
  client_command<ModelListOptions>(
      group,
      line,
      "list",
      "List models",
      [](CLI::App& command, ModelListOptions& options) {
        command.add_option("--name", options.name, "Only those of this name");
        command.add_option("--network", options.network, "Only those of this network");
        command
            .add_option(
                "--read-only", options.read_only, "Only those that cannot be deleted, or can")
            ->check(CLI::IsMember({"true", "false"}));
        add_paging(command, options.paging, true);
      },
      model_list);
  const auto bind_id = [](CLI::App& command, std::string& id) { add_id(command, id, "Model"); };
  client_command<std::string>(group, line, "show", "Show a model", bind_id, model_show);
  client_command<ModelUpdateOptions>(
      group,
      line,
      "update",
      "Change what describes a model, or its datasets",
      [](CLI::App& command, ModelUpdateOptions& options) {
        add_id(command, options.id, "Model");
        add_details(command, options.details);
        add_links(command, options.links);
        add_fields(command, options.fields);
        add_key_file(command, options.key_file);
      },
      model_update);
  client_command<std::string>(group, line, "delete", "Delete a model", bind_id, model_delete);
  client_command<DecryptOptions>(
      group,
      line,
      "decrypt",
      "Write encrypted weights in the clear; needs no server but for --job",
      [](CLI::App& command, DecryptOptions& options) {
        command.add_option("FILE", options.file, "Weights, or with --job the artifact's name")
            ->required();
        command.add_option("OUTPUT", options.output, "File to write (safetensors)")->required();
        command.add_option("--key-file",
                           options.key_file,
                           "File with the encryption key; without it the key is asked for, or with "
                           "--job taken from the model");
        command.add_option("--job", options.job, "Fetch FILE from this job");
        command.add_option("--model", options.model, "The job is this model's");
      },
      model_decrypt);
  add_spec_commands(group, line, "model");
}

}  // namespace athanor::cli
