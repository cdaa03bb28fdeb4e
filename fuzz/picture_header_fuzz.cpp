#include <string_view>

#include "target.hpp"

#include "athanor/core/picture_header.hpp"

namespace athanor::fuzz {

void picture_header(std::string_view input) {
  PictureInMemory bytes(input);
  const auto header = read_picture_header(bytes);
  require(!header || !name_of(header->format).empty(), "every format has a name");
}

}  // namespace athanor::fuzz
