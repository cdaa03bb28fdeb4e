#include "athanor/cli/dataset_commands.hpp"
#include "athanor/cli/declare/resource_options.hpp"

namespace athanor::cli {

void add_dataset_commands(CLI::App& app, CommandLine& line) {
  auto& group = add_group(app, "dataset", "Collections of pictures, labels or recordings");
  client_command<DatasetCreateOptions>(
      group,
      line,
      "create",
      "Make a dataset; prints its id",
      [](CLI::App& command, DatasetCreateOptions& options) {
        command.add_option("--type", options.type, "Dataset type")->capture_default_str();
        command.add_option("--format", options.format, "Format of its archive")
            ->capture_default_str();
        add_details(command, options.details);
      },
      dataset_create);
  client_command<DatasetListOptions>(
      group,
      line,
      "list",
      "List datasets",
      [](CLI::App& command, DatasetListOptions& options) {
        command.add_option("--name", options.name, "Only those of this name");
        command.add_option("--type", options.type, "Only those of this type");
        add_paging(command, options.paging, true);
      },
      dataset_list);
  const auto bind_id = [](CLI::App& command, std::string& id) { add_id(command, id, "Dataset"); };
  client_command<std::string>(group, line, "show", "Show a dataset", bind_id, dataset_show);
  client_command<DatasetUpdateOptions>(
      group,
      line,
      "update",
      "Change what describes a dataset",
      [](CLI::App& command, DatasetUpdateOptions& options) {
        add_id(command, options.id, "Dataset");
        add_details(command, options.details);
      },
      dataset_update);
  client_command<DatasetUploadOptions>(
      group,
      line,
      "upload",
      "Send an archive, or a folder that is packed on the way; a large archive goes on where an "
      "earlier run ended",
      [](CLI::App& command, DatasetUploadOptions& options) {
        add_id(command, options.id, "Dataset");
        command.add_option("SOURCE", options.source, "Archive or folder")->required();
        command.add_option(
            "--split", options.split, "train, val or test: SOURCE holds one folder per class");
      },
      dataset_upload);
  client_command<std::string>(group,
                              line,
                              "report",
                              "What a dataset's files hold, and which of them have faults",
                              bind_id,
                              dataset_report);
  client_command<std::string>(group, line, "delete", "Delete a dataset", bind_id, dataset_delete);
  add_spec_commands(group, line, "dataset");
}

}  // namespace athanor::cli
