#include "athanor/cli/declare/resource_options.hpp"
#include "athanor/cli/decrypt_command.hpp"
#include "athanor/cli/model_commands.hpp"

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
