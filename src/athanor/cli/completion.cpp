#include "athanor/cli/completion.hpp"

#include <functional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::cli {

namespace {

/// Calls `visit(path, command)` for every command, with "dataset create" as its path and "" for
/// the program.
void for_each_command(const CommandInfo& command,
                      const std::string& path,
                      const std::function<void(const std::string&, const CommandInfo&)>& visit) {
  visit(path, command);
  for (const auto& child : command.commands) {
    for_each_command(child, path.empty() ? child.name : path + " " + child.name, visit);
  }
}

/// The commands, as alternatives of a `case` pattern.
std::string command_patterns(const CommandInfo& program) {
  std::vector<std::string> patterns;
  for_each_command(program, "", [&](const std::string& path, const CommandInfo&) {
    if (!path.empty()) {
      patterns.push_back("'" + path + "'");
    }
  });
  return fmt::format("{}", fmt::join(patterns, "|"));
}

std::vector<std::string> option_names(const CommandInfo& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options) {
    if (!option.positional) {
      names.insert(names.end(), option.names.begin(), option.names.end());
    }
  }
  return names;
}

/// In single quotes of a shell.
std::string quoted(std::string text) {
  for (std::size_t i = text.find('\''); i != std::string::npos; i = text.find('\'', i + 4)) {
    text.replace(i, 1, "'\\''");
  }
  return "'" + text + "'";
}

/// Bash and zsh share this: the words typed so far lead to a command's path, `at`, and each path
/// has its words. Options of the program may stand after any command. (`path` is an array of zsh's
/// own.)
std::string path_loop(const CommandInfo& program, const char* words, const char* last) {
  return fmt::format(
      "  local at='' word\n"
      "  for word in \"${{{}}}\"; do\n"
      "    case \"${{at:+$at }}$word\" in\n"
      "      {}) at=\"${{at:+$at }}$word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  local previous={}\n",
      words,
      command_patterns(program),
      last);
}

std::string choices_case(const CommandInfo& program, const char* use) {
  std::string text = "  case \"$at $previous\" in\n";
  for_each_command(program, "", [&](const std::string& path, const CommandInfo& command) {
    for (const auto& option : command.options) {
      if (option.choices.empty() || option.positional) {
        continue;
      }
      for (const auto& name : option.names) {
        text += fmt::format("    '{} {}') {} ;;\n",
                            path,
                            name,
                            fmt::format(fmt::runtime(use), fmt::join(option.choices, " ")));
      }
    }
  });
  return text + "  esac\n";
}

std::string words_of(const CommandInfo& command) {
  std::vector<std::string> words;
  for (const auto& child : command.commands) {
    words.push_back(child.name);
  }
  for (const auto& option : command.options) {
    if (option.positional) {
      words.insert(words.end(), option.choices.begin(), option.choices.end());
    }
  }
  const auto options = option_names(command);
  words.insert(words.end(), options.begin(), options.end());
  return fmt::format("{}", fmt::join(words, " "));
}

std::string bash_script(const CommandInfo& program) {
  std::string text = fmt::format("# bash completion for {0}\n_{0}() {{\n", program.name);
  text += path_loop(program, "COMP_WORDS[@]:1:COMP_CWORD-1", "\"${COMP_WORDS[COMP_CWORD-1]}\"");
  text += "  local words='' current=\"${COMP_WORDS[COMP_CWORD]}\"\n";
  text +=
      choices_case(program, "mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\"); return");
  text += "  case \"$at\" in\n";
  for_each_command(program, "", [&](const std::string& path, const CommandInfo& command) {
    text += fmt::format("    '{}') words='{}' ;;\n", path, words_of(command));
  });
  text += fmt::format("  esac\n  words+=' {}'\n", fmt::join(option_names(program), " "));
  text += "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n";
  return text + fmt::format("}}\ncomplete -o default -F _{0} {0}\n", program.name);
}

/// 'name:description' for _describe, which splits at the first colon.
std::string zsh_entry(const std::string& name, const std::string& description) {
  return quoted(fmt::format("{}:{}", name, description));
}

std::vector<std::string> zsh_options(const CommandInfo& command) {
  std::vector<std::string> entries;
  for (const auto& option : command.options) {
    for (const auto& name : option.positional ? option.choices : option.names) {
      entries.push_back(zsh_entry(name, option.description));
    }
  }
  return entries;
}

std::string zsh_script(const CommandInfo& program) {
  std::string text = fmt::format("#compdef {0}\n_{0}() {{\n", program.name);
  text += path_loop(program, "(@)words[2,CURRENT-1]", "\"${words[CURRENT-1]}\"");
  text += "  local -a entries\n";
  text += choices_case(program, "compadd -- {}; return");
  text += "  case \"$at\" in\n";
  for_each_command(program, "", [&](const std::string& path, const CommandInfo& command) {
    std::vector<std::string> entries;
    for (const auto& child : command.commands) {
      entries.push_back(zsh_entry(child.name, child.description));
    }
    const auto options = path.empty() ? std::vector<std::string>() : zsh_options(command);
    entries.insert(entries.end(), options.begin(), options.end());
    text += fmt::format("    '{}') entries=({}) ;;\n", path, fmt::join(entries, " "));
  });
  text += fmt::format("  esac\n  entries+=({})\n", fmt::join(zsh_options(program), " "));
  text += "  _describe -o 'command or option' entries\n  _files\n}\n";
  // A file of $fpath is the function itself when it is first called.
  return text + fmt::format(
                    "if [[ \"${{funcstack[1]}}\" == _{0} ]]; then\n  _{0} \"$@\"\n"
                    "else\n  compdef _{0} {0}\nfi\n",
                    program.name);
}

std::string fish_option(const OptionInfo& option) {
  std::string line;
  for (const auto& name : option.names) {
    if (!option.positional) {
      line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
  }
  if (!option.choices.empty()) {
    line += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
  } else if (option.takes_value) {
    line += " -r";
  }
  return fmt::format("{} -d {}\n", line, quoted(option.description));
}

/// One `complete` line each, valid where the commands typed so far are exactly `path`; options of
/// the program are valid anywhere.
std::string fish_script(const CommandInfo& program) {
  std::string text = fmt::format(
      "# fish completion for {0}\n"
      "function __{0}_at\n"
      "  set -l at\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    set -l longer $at $word\n"
      "    switch \"$longer\"\n"
      "      case",
      program.name);
  for_each_command(program, "", [&](const std::string& path, const CommandInfo&) {
    text += path.empty() ? "" : " " + quoted(path);
  });
  text +=
      "\n        set at $longer\n    end\n  end\n"
      "  test \"$at\" = \"$argv[1]\"\nend\n";
  const auto anywhere = fmt::format("complete -c {}", program.name);
  for_each_command(program, "", [&](const std::string& path, const CommandInfo& command) {
    const auto at = fmt::format("{} -n \"__{}_at '{}'\"", anywhere, program.name, path);
    for (const auto& child : command.commands) {
      text += fmt::format("{} -f -a {} -d {}\n", at, child.name, quoted(child.description));
    }
    for (const auto& option : command.options) {
      if (!option.positional || !option.choices.empty()) {
        text += (path.empty() ? anywhere : at) + fish_option(option);
      }
    }
  });
  return text;
}

}  // namespace

Result<std::string> completion_script(const CommandInfo& program, const std::string& shell) {
  if (shell == "bash") {
    return bash_script(program);
  }
  if (shell == "zsh") {
    return zsh_script(program);
  }
  if (shell == "fish") {
    return fish_script(program);
  }
  return fail(
      ErrorCode::invalid_argument,
      fmt::format(
          "there are completions for {}, not for {}", fmt::join(completion_shells, ", "), shell));
}

}  // namespace athanor::cli
