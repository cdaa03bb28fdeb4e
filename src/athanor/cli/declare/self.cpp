#include "athanor/cli/cli11_tree.hpp"
#include "athanor/cli/completion.hpp"
#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/man_page.hpp"
#include "athanor/cli/output.hpp"

namespace athanor::cli {

void add_self_descriptions(CLI::App& app, CommandLine& line) {
  auto shell = std::make_shared<std::string>();
  auto* completion = app.add_subcommand("completion", "Print completions for a shell");
  completion->add_option("SHELL", *shell, "Shell to print them for")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&app, &line, shell] {
    line.command = [&app, shell]() -> Result<ExitCode> {
      ATHANOR_TRY(const auto script, completion_script(describe(app), *shell));
      print_text(script);
      return ExitCode::ok;
    };
  });
  auto* manual = app.add_subcommand("manual", "Print the manual page, as roff");
  manual->callback([&app, &line] {
    line.command = [&app]() -> Result<ExitCode> {
      print_text(man_page(describe(app)));
      return ExitCode::ok;
    };
  });
}

}  // namespace athanor::cli
