#include "athanor/cli/cli11_tree.hpp"

#include <sstream>
#include <string>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::cli {

namespace {

constexpr const char* hidden_group = "";

/// "none" and "keys" of CLI11's type name "TEXT:{none,keys}".
std::vector<std::string> choices_of(const std::string& type_name) {
  const auto open = type_name.find('{');
  const auto close = type_name.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) {
    return choices;
  }
  std::istringstream list(type_name.substr(open + 1, close - open - 1));
  for (std::string choice; std::getline(list, choice, ',');) {
    choices.push_back(choice);
  }
  return choices;
}

OptionInfo describe_option(const CLI::Option& option) {
  OptionInfo info;
  info.positional = option.get_positional() && !option.nonpositional();
  if (info.positional) {
    info.names.push_back(option.get_name(true));
  }
  for (const auto& name : option.get_snames()) {
    info.names.push_back("-" + name);
  }
  for (const auto& name : option.get_lnames()) {
    info.names.push_back("--" + name);
  }
  info.description = option.get_description();
  info.variable = option.get_envname();
  info.default_text = option.get_default_str();
  info.choices = choices_of(option.get_type_name());
  info.takes_value = option.get_items_expected_max() > 0;
  info.required = option.get_required();
  return info;
}

/// "[serve] listen" as it stands in the file.
std::string place_of(const CLI::ConfigItem& item) {
  return item.parents.empty() ? item.name
                              : fmt::format("[{}] {}", fmt::join(item.parents, "."), item.name);
}

/// nullptr when there is none.
CLI::Option* find_option(CLI::App& app, const CLI::ConfigItem& item) {
  try {
    CLI::App* command = &app;
    for (const auto& name : item.parents) {
      command = command->get_subcommand(name);
    }
    return command->get_option_no_throw("--" + item.name);
  } catch (const CLI::OptionNotFound&) {
    return nullptr;
  }
}

Status apply(CLI::App& app, const CLI::ConfigItem& item) {
  auto* option = find_option(app, item);
  if (option == nullptr) {
    return fail(ErrorCode::invalid_argument, place_of(item) + ": there is no such option");
  }
  if (item.inputs.size() != 1) {
    return fail(ErrorCode::invalid_argument, place_of(item) + ": exactly one value is needed");
  }
  try {
    option->run_callback_for_default()->default_val(item.inputs.front())->required(false);
  } catch (const CLI::Error& error) {
    return fail(ErrorCode::invalid_argument, place_of(item) + ": " + error.what());
  }
  return {};
}

}  // namespace

CommandInfo describe(const CLI::App& app) {
  CommandInfo info{app.get_name(), app.get_description(), {}, {}};
  for (const auto* option : app.get_options()) {
    if (option->get_group() != hidden_group) {
      info.options.push_back(describe_option(*option));
    }
  }
  const auto shown = [](const CLI::App* command) { return command->get_group() != hidden_group; };
  for (const auto* command : app.get_subcommands(shown)) {
    info.commands.push_back(describe(*command));
  }
  return info;
}

Status apply_config_file(CLI::App& app, const std::filesystem::path& file) {
  ATHANOR_TRY(const auto text, read_file(file, limits::json_body_bytes));
  std::istringstream input(text);
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigINI().from_config(input);
  } catch (const CLI::Error& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {}", file.string(), error.what()));
  }
  for (const auto& item : items) {
    // CLI11 marks where sections begin and end with items of these names.
    if (item.name == "++" || item.name == "--") {
      continue;
    }
    if (auto applied = apply(app, item); !applied) {
      return fail(applied.error().within(file.string()));
    }
  }
  return {};
}

}  // namespace athanor::cli
