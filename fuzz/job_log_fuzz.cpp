#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "target.hpp"
#include "work_folder.hpp"

#include "athanor/cli/event_reader.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/http/event_text.hpp"
#include "athanor/jobs/explanation.hpp"
#include "athanor/jobs/job_log.hpp"
#include "athanor/jobs/log_reader.hpp"

namespace athanor::fuzz {

namespace {

constexpr std::size_t piece_bytes = 100;

/// Where the last `count` lines of `text` begin, the plain way.
std::size_t begin_of_last_lines(std::string_view text, std::uint64_t count) {
  std::size_t begin = text.size();
  for (; count > 0 && begin > 0; --count) {
    const auto newline = begin >= 2 ? text.rfind('\n', begin - 2) : text.npos;
    begin = newline == text.npos ? 0 : newline + 1;
  }
  return begin;
}

void read_by_pieces(const std::filesystem::path& file, std::string_view text) {
  std::string read;
  for (std::string piece = "x"; !piece.empty();) {
    piece = jobs::read_log(file, read.size(), piece_bytes).value().text;
    read += piece;
  }
  require(text.starts_with(read), "pieces of a log are the log");
  const auto rest = text.substr(read.size());
  require(rest.find('\n') == rest.npos && rest.size() < piece_bytes,
          "only an unfinished line is left out");
}

/// What a browser or our own client makes of a line that came as an event.
void send_as_event(std::string_view line) {
  std::vector<std::string> seen;
  cli::EventReader reader([&seen](const cli::ServerEvent& event) {
    seen.push_back(event.data);
    return true;
  });
  require(reader.take(http::event_text("1", "", line)).has_value(), "an event has an end");
  require(seen.size() == 1, "a line is one event, whatever it holds");
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n';
  });
}

}  // namespace

/// The input is what a worker and its libraries wrote.
void job_log(std::string_view input) {
  static const WorkFolder work("job-log");
  const auto file = work.path() / contract::log_file;
  std::ofstream(file, std::ios::binary) << input;

  read_by_pieces(file, input);
  for (const std::uint64_t lines : {0U, 1U, 3U}) {
    require(jobs::offset_of_last_lines(file, lines).value() == begin_of_last_lines(input, lines),
            "the last lines begin where they do");
  }
  const auto tail = jobs::tail_of_log(work.path());
  require(tail.size() <= 4096 && is_printable(tail), "the end of a log can be shown");
  send_as_event(input.substr(0, input.find('\n')));

  jobs::JobFacts facts;
  facts.job.state = store::JobState::error;
  facts.log_tail = tail;
  require(jobs::explain(facts).size() >= 2, "every failure has a cause, known or not");

  jobs::end_log(work.path(), "");
  require(jobs::log_has_ended(work.path()), "every log can be ended");
  require(jobs::reopen_log(work.path()) && !jobs::log_has_ended(work.path()),
          "every ended log can go on");
}

}  // namespace athanor::fuzz
