#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "target.hpp"
#include "work_folder.hpp"

#include "athanor/contract/status_line.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/result_builder.hpp"
#include "athanor/jobs/status_reader.hpp"

namespace athanor::fuzz {

namespace {

std::string text_of(const std::vector<contract::StatusLine>& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += contract::to_text(line) + "\n";
  }
  return text;
}

/// What a server sees that reads while the log grows.
std::vector<contract::StatusLine> read_while_it_grows(const std::filesystem::path& file,
                                                      std::string_view text) {
  std::filesystem::remove(file);
  jobs::StatusReader reader(file);
  auto lines = reader.read();
  for (const auto part : {text.substr(0, text.size() / 2), text.substr(text.size() / 2)}) {
    std::ofstream(file, std::ios::binary | std::ios::app) << part;
    for (auto& line : reader.read()) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace

/// The input is a status log; workers may die in the middle of a line, and scripts write them too.
void status_log(std::string_view input) {
  static const WorkFolder work("status-log");
  log::set_level(log::Level::error);
  const auto file = work.path() / "status.json";
  std::ofstream(file, std::ios::binary | std::ios::trunc) << input;

  const auto lines = jobs::StatusReader(file).read();

  const auto text = text_of(lines);
  require(text_of(read_while_it_grows(file, input)) == text,
          "when lines are read makes no difference");
  jobs::ResultBuilder builder;
  for (const auto& line : lines) {
    const auto again = contract::parse_status_line(contract::to_text(line));
    require(again && contract::to_text(*again) == contract::to_text(line),
            "a line is written so that it is read as the same");
    builder.add(line);
  }
  const auto result = builder.result();
  require(parse_json(to_text(result)).has_value(), "every result is JSON");
}

}  // namespace athanor::fuzz
