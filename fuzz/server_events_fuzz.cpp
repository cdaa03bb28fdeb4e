#include <algorithm>
#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/cli/event_reader.hpp"

namespace athanor::fuzz {

namespace {

/// All events of `text`, taken in pieces of `step` bytes.
std::string read_events(std::string_view text, std::size_t step) {
  std::string all;
  cli::EventReader reader([&all](const cli::ServerEvent& event) {
    all += event.type + "\n" + event.data + "\n\n";
    return true;
  });
  while (!text.empty() && reader.take(text.substr(0, step))) {
    text.remove_prefix(std::min(step, text.size()));
  }
  return all;
}

}  // namespace

/// The input is what a server sends on an event stream.
void server_events(std::string_view input) {
  require(read_events(input, 1) == read_events(input, 7),
          "how bytes are cut on their way makes no difference");
}

}  // namespace athanor::fuzz
