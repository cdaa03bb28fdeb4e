#include <cstdint>
#include <cstdlib>

#include "athanor/contract/status_line.hpp"

/// A worker may die in the middle of a line, and scripts of users write status logs too. What is
/// read must print to a line that reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto line =
      athanor::contract::parse_status_line({reinterpret_cast<const char*>(data), size});
  if (!line) {
    return 0;
  }
  const auto text = athanor::contract::to_text(*line);
  const auto again = athanor::contract::parse_status_line(text);
  if (!again || athanor::contract::to_text(*again) != text) {
    std::abort();
  }
  return 0;
}
