#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "unit/datasets/picture_bytes.hpp"

/// Whatever the bytes are, a bounded number of them is read and the format has a name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  athanor::datasets::MemoryBytes bytes({reinterpret_cast<const char*>(data), size});
  const auto header = athanor::datasets::read_picture_header(bytes);
  if (header && athanor::datasets::name_of(header->format).empty()) {
    std::abort();
  }
  return 0;
}
