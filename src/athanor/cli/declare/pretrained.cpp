#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/pretrained_commands.hpp"

namespace athanor::cli {

void add_pretrained_commands(CLI::App& app, CommandLine& line) {
  auto& group = add_group(app, "pretrained", "Weights that models can start from");
  client_command<PretrainedAddOptions>(
      group,
      line,
      "add",
      "Send weights of torch.save() or safetensors; prints the id to use as ptm",
      [](CLI::App& command, PretrainedAddOptions& options) {
        command.add_option("FILE", options.file, "File with a state_dict")->required();
        command.add_option("--network", options.network, "Network whose models may use them")
            ->required();
        command.add_option("--backbone", options.backbone, "What they are of, such as resnet18")
            ->required();
        command.add_option(
            "--name", options.name, "Name to choose them by; the backbone's if none");
      },
      pretrained_add);
  client_command<std::optional<std::string>>(
      group,
      line,
      "list",
      "List pretrained models",
      [](CLI::App& command, std::optional<std::string>& network) {
        command.add_option("--network", network, "Only those of this network");
      },
      pretrained_list);
  const auto bind = [](CLI::App& command, std::string& model) {
    command.add_option("MODEL", model, "Id or name")->required();
  };
  client_command<std::string>(
      group, line, "show", "Show a pretrained model", bind, pretrained_show);
  client_command<std::string>(
      group, line, "remove", "Remove a pretrained model that none uses", bind, pretrained_remove);
  auto fetched = std::make_shared<PretrainedFetchOptions>();
  auto* fetch =
      group.add_subcommand("fetch", "Download torchvision's own weights; no server needed");
  fetch->add_option("BACKBONE", fetched->backbone, "Such as resnet18")->required();
  fetch->add_option("--mirror", fetched->mirror, "Address of another folder with the same files");
  fetch->add_option("-o,--output", fetched->output, "File or folder to save to")
      ->capture_default_str();
  fetch->callback([&line, fetched] {
    line.command = [&line, fetched] {
      fetched->json = line.json;
      return pretrained_fetch(*fetched);
    };
  });
}

}  // namespace athanor::cli
