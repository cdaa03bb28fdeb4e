#include "athanor/cli/declare/resource_options.hpp"

#include <string>
#include <vector>

#include "athanor/cli/model_commands.hpp"

namespace athanor::cli {

namespace {

template <class Options>
void add_spec(CLI::App& command, const std::string& owner, Options& options) {
  options.owner = owner;
  add_id(command, options.id, owner == "model" ? "Model" : "Dataset");
  command.add_option("ACTION", options.action, "train, evaluate, convert, ...")->required();
}

}  // namespace

void add_details(CLI::App& command, ResourceDetails& details) {
  command.add_option("--name", details.name, "Name to show");
  command.add_option("--description", details.description, "What it is");
  command.add_option("--version", details.version, "Version of your own");
  command.add_option("--logo", details.logo, "URL of a picture");
}

void add_paging(CLI::App& command, ListPaging& paging, bool has_names) {
  std::vector<std::string> sorts = {"date-descending", "date-ascending"};
  if (has_names) {
    sorts.emplace_back("name-descending");
    sorts.emplace_back("name-ascending");
  }
  command.add_option("--sort", paging.sort, "Order; without it the latest change comes first")
      ->check(CLI::IsMember(sorts));
  command.add_option("--skip", paging.skip, "How many to leave out at the start")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--size", paging.size, "How many to list at most")
      ->check(CLI::NonNegativeNumber);
}

void add_spec_commands(CLI::App& resource, CommandLine& line, const std::string& owner) {
  client_command<SchemaOptions>(
      resource,
      line,
      "schema",
      "Print the schema of an action's parameters",
      [owner](CLI::App& command, SchemaOptions& options) {
        add_spec(command, owner, options);
        command.add_flag("--default", options.only_default, "Print the default spec alone");
      },
      spec_schema);
  auto& group = add_group(resource, "spec", "Parameters of an action");
  client_command<SpecGetOptions>(
      group,
      line,
      "get",
      "Print the saved spec",
      [owner](CLI::App& command, SpecGetOptions& options) { add_spec(command, owner, options); },
      spec_get);
  client_command<SpecSetOptions>(
      group,
      line,
      "set",
      "Save a spec from a file, or change parameters of the saved one",
      [owner](CLI::App& command, SpecSetOptions& options) {
        add_spec(command, owner, options);
        command.add_option("--file", options.file, "JSON file to start from");
        command.add_option(
            "KEY=VALUE", options.assignments, "Parameters, such as train_config.n_epochs=5");
      },
      spec_set);
}

}  // namespace athanor::cli
