#pragma once

#include <string>
#include <vector>

namespace athanor::cli {

/// An option or argument of a command.
struct OptionInfo {
  std::vector<std::string> names = {};  ///< "-o", "--output"; one without dashes for an argument.
  std::string description = {};
  std::string variable = {};              ///< Of the environment; empty for none.
  std::string default_text = {};          ///< Empty for none.
  std::vector<std::string> choices = {};  ///< Where only some values are allowed.
  bool takes_value = false;
  bool required = false;
  bool positional = false;
};

/// The command line as data: what shell completions and the man page are made of.
struct CommandInfo {
  std::string name;
  std::string description;
  std::vector<OptionInfo> options;
  std::vector<CommandInfo> commands;
};

}  // namespace athanor::cli
