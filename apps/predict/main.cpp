// athanor-predict: classifies pictures with an engine. `athanor predict` finds it beside itself.

#include <charconv>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/predict/predictor.hpp"

namespace {

using athanor::predict::Predictor;
using athanor::predict::PredictorOptions;

constexpr std::string_view usage_text =
    "Usage: athanor-predict [OPTIONS] ENGINE PICTURE...\n"
    "  --top-k N           classes for each picture, the likeliest first (5)\n"
    "  --threads N         as many as the engine was made for, unless given\n"
    "  --crop center|none  the centre of the picture, or all of it squeezed; by default as the\n"
    "                      network's evaluation does\n"
    "  --json              a JSON object for each picture, a line each\n"
    "  --version\n"
    "  --help\n"
    "\n"
    "Exit codes: 0 done, 64 wrong arguments, 65 a file was refused, 69 the engine is not for "
    "here.\n";

/// The numbers of `athanor`, whose command this is.
enum class ExitCode { success = 0, usage = 64, bad_data = 65, unavailable = 69 };

struct Arguments {
  PredictorOptions options;
  bool json = false;
  std::vector<std::string> files;  ///< The engine, then the pictures.
};

std::optional<int> positive(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0
             ? std::optional(number)
             : std::nullopt;
}

/// false where the value is none for the option.
bool take_option(Arguments& arguments, const std::string& option, const std::string& value) {
  if (option == "--crop") {
    arguments.options.center_crop = value == "center";
    return value == "center" || value == "none";
  }
  const auto number = positive(value);
  if (!number) {
    return false;
  }
  if (option == "--top-k") {
    arguments.options.top_k = static_cast<std::size_t>(*number);
  } else {
    arguments.options.threads = *number;
  }
  return true;
}

std::optional<Arguments> parse(const std::vector<std::string>& words) {
  Arguments arguments;
  bool options_ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (options_ended || !word.starts_with("--")) {
      arguments.files.push_back(word);
    } else if (word == "--") {
      options_ended = true;
    } else if (word == "--json") {
      arguments.json = true;
    } else if (word == "--top-k" || word == "--threads" || word == "--crop") {
      if (i + 1 == words.size() || !take_option(arguments, word, words[i + 1])) {
        return std::nullopt;
      }
      ++i;
    } else {
      return std::nullopt;
    }
  }
  return arguments.files.size() < 2 ? std::nullopt : std::optional(arguments);
}

athanor::Result<Predictor> load(const Arguments& arguments) {
  ATHANOR_TRY(auto engine, athanor::runtime::Engine::load(arguments.files[0]));
  return Predictor::create(std::move(engine), arguments.options);
}

ExitCode predict(const Arguments& arguments) {
  auto predictor = load(arguments);
  if (!predictor) {
    std::cerr << "athanor-predict: " << predictor.error().message << '\n';
    const bool elsewhere = predictor.error().code == athanor::ErrorCode::unsupported;
    return elsewhere ? ExitCode::unavailable : ExitCode::bad_data;
  }
  auto code = ExitCode::success;
  for (std::size_t i = 1; i < arguments.files.size(); ++i) {
    const auto answers = predictor->classify(arguments.files[i]);
    if (!answers) {
      std::cerr << "athanor-predict: " << answers.error().message << '\n';
      code = ExitCode::bad_data;
    } else if (arguments.json) {
      athanor::Json line = {{"picture", arguments.files[i]}};
      line.update(to_json(*answers));
      std::cout << athanor::to_text(line) << '\n';
    } else {
      std::cout << arguments.files[i] << ": " << to_line(*answers) << '\n';
    }
  }
  std::cout.flush();
  return code;
}

ExitCode dispatch(const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"--version"}) {
    std::cout << "athanor-predict " << ATHANOR_VERSION << '\n';
    return ExitCode::success;
  }
  if (words == std::vector<std::string>{"--help"}) {
    std::cout << usage_text;
    return ExitCode::success;
  }
  const auto arguments = parse(words);
  if (!arguments) {
    std::cerr << usage_text;
    return ExitCode::usage;
  }
  return predict(*arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return static_cast<int>(dispatch({argv + 1, argv + argc}));
}
