#include "athanor/cli/declare/resource_options.hpp"
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
      },
      model_update);
  client_command<std::string>(group, line, "delete", "Delete a model", bind_id, model_delete);
  add_spec_commands(group, line, "model");
}

}  // namespace athanor::cli
