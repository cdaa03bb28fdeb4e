#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "athanor/cli/event_reader.hpp"

namespace {

/// All events of `text`, taken in pieces of `step` bytes.
std::string read(std::string_view text, std::size_t step) {
  std::string all;
  athanor::cli::EventReader reader([&all](const athanor::cli::ServerEvent& event) {
    all += event.type + "\n" + event.data + "\n\n";
    return true;
  });
  while (!text.empty()) {
    if (!reader.take(text.substr(0, step))) {
      break;
    }
    text.remove_prefix(std::min(step, text.size()));
  }
  return all;
}

}  // namespace

// Whatever a server sends, and however it is cut: the same events.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (read(text, 1) != read(text, 7)) {
    std::abort();
  }
  return 0;
}
