#include <string_view>

#include "target.hpp"
#include "unit/datasets/picture_bytes.hpp"

namespace athanor::fuzz {

void picture_header(std::string_view input) {
  datasets::MemoryBytes bytes(input);
  const auto header = datasets::read_picture_header(bytes);
  require(!header || !datasets::name_of(header->format).empty(), "every format has a name");
}

}  // namespace athanor::fuzz
