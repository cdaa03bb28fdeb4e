#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/predict_command.hpp"

namespace athanor::cli {

void add_predict_command(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<PredictOptions>();
  auto* command =
      app.add_subcommand("predict", "Classify pictures with a model.engine; needs no server");
  command->add_option("ENGINE", options->engine, "Engine that convert made on this machine")
      ->required();
  command->add_option("PICTURE", options->pictures, "Pictures to classify")->required();
  command->add_option("--top-k", options->top_k, "Classes for each picture, the likeliest first")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Compute threads; 0 as the engine was made")
      ->capture_default_str();
  command
      ->add_option("--crop",
                   options->crop,
                   "The center of each picture, or none and all of it squeezed; by default as the "
                   "network's evaluation does")
      ->check(CLI::IsMember({"center", "none"}));
  command->callback([&line, options] {
    line.command = [&line, options] {
      options->json = line.json;
      return predict(*options);
    };
  });
}

}  // namespace athanor::cli
