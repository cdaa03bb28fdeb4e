#include "athanor/cli/man_page.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/cli/exit_code.hpp"
#include "athanor/core/version.hpp"

namespace athanor::cli {

namespace {

/// Text as roff shows it unchanged.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  // A dot or quote at the start of a line would be a request.
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::string upper(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(
      copy, copy.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return copy;
}

/// "\fB-o\fR, \fB--output\fR \fIOUTPUT\fR"
std::string heading_of(const OptionInfo& option) {
  std::string text;
  for (const auto& name : option.names) {
    text += fmt::format(
        "{}\\f{}{}\\fR", text.empty() ? "" : ", ", option.positional ? 'I' : 'B', roff(name));
  }
  if (option.takes_value && !option.positional) {
    const auto& name = option.names.back();
    text += fmt::format(" \\fI{}\\fR", roff(upper(name.substr(name.find_first_not_of('-')))));
  }
  return text;
}

std::string body_of(const OptionInfo& option) {
  std::string text = roff(option.description);
  if (option.required) {
    text += "; needed";
  }
  if (!option.choices.empty()) {
    text += roff(fmt::format("; one of {}", fmt::join(option.choices, ", ")));
  }
  if (!option.default_text.empty()) {
    text += roff(fmt::format("; by default {}", option.default_text));
  }
  if (!option.variable.empty()) {
    text += roff(fmt::format("; also from ${}", option.variable));
  }
  return text + ".";
}

std::string options_of(const CommandInfo& command) {
  std::string text;
  for (const auto& option : command.options) {
    text += fmt::format(".TP\n{}\n{}\n", heading_of(option), body_of(option));
  }
  return text;
}

std::string usage_of(const std::string& path, const CommandInfo& command) {
  std::string text = fmt::format("\\fB{}\\fR", roff(path));
  bool has_options = false;
  for (const auto& option : command.options) {
    has_options = has_options || !option.positional;
  }
  text += has_options ? " [\\fIOPTION\\fR...]" : "";
  for (const auto& option : command.options) {
    if (option.positional) {
      const auto argument = fmt::format("\\fI{}\\fR", roff(option.names.front()));
      text += option.required ? " " + argument : " [" + argument + "]";
    }
  }
  return text;
}

/// Those that do something; groups only lead to them.
std::string commands_below(const CommandInfo& command, const std::string& path) {
  if (command.commands.empty()) {
    return fmt::format(
        ".SS {}\n{}.\n{}", usage_of(path, command), roff(command.description), options_of(command));
  }
  std::string text;
  for (const auto& child : command.commands) {
    text += commands_below(child, path + " " + child.name);
  }
  return text;
}

std::string exit_codes() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : exit_code_meanings()) {
    text += fmt::format(".TP\n.B {}\n{}\n", static_cast<int>(code), roff(meaning));
  }
  return text;
}

}  // namespace

std::string man_page(const CommandInfo& program) {
  std::string text = fmt::format(
      ".TH {} 1 \"{}\" \"{} {}\" \"User Commands\"\n"
      ".SH NAME\n{} \\- {}\n"
      ".SH SYNOPSIS\n\\fB{}\\fR [\\fIOPTION\\fR...] \\fICOMMAND\\fR ...\n"
      ".SH DESCRIPTION\n{}\n",
      upper(program.name),
      version_date(),
      program.name,
      ATHANOR_VERSION,
      program.name,
      "a self-contained training server and its command line",
      program.name,
      roff(program.description));
  text += ".SH OPTIONS\nThese stand before or after any command.\n" + options_of(program);
  text += ".SH COMMANDS\n";
  for (const auto& command : program.commands) {
    text += commands_below(command, command.name);
  }
  text += exit_codes();
  text +=
      ".SH FILES\n"
      ".TP\n.I $XDG_CONFIG_HOME/athanor/config.ini\n"
      "Defaults for options, as NAME=VALUE; those of a command stand below its name in brackets "
      "([serve]). What is given on the command line counts before the environment, and that "
      "before this file. $XDG_CONFIG_HOME is ~/.config where it is not set.\n"
      ".TP\n.I $XDG_DATA_HOME/athanor\n"
      "What the server keeps, unless it is told of another folder. $XDG_DATA_HOME is "
      "~/.local/share where it is not set.\n"
      ".TP\n.I $XDG_STATE_HOME/athanor\n"
      "Uploads of large archives that are not at their end, so that the same command goes on with "
      "them. $XDG_STATE_HOME is ~/.local/state where it is not set.\n"
      ".TP\n.I $XDG_CACHE_HOME/athanor\n"
      "Tokens of logins. $XDG_CACHE_HOME is ~/.cache where it is not set.\n";
  return text;
}

}  // namespace athanor::cli
