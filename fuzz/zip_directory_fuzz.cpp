#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/datasets/zip_directory.hpp"

namespace athanor::fuzz {

namespace {

std::string verdict_on(std::string_view bytes, std::size_t step) {
  const std::function<Result<std::size_t>(std::span<char>)> source =
      [bytes, step](std::span<char> buffer) mutable -> Result<std::size_t> {
    const auto count = std::min({buffer.size(), bytes.size(), step});
    std::copy_n(bytes.begin(), count, buffer.begin());
    bytes.remove_prefix(count);
    return count;
  };
  const auto checked = datasets::check_zip_directory(source);
  return checked ? "good" : checked.error().message;
}

}  // namespace

/// The input is the end of a zip file.
void zip_directory(std::string_view input) {
  require(verdict_on(input, SIZE_MAX) == verdict_on(input, 3),
          "how bytes are cut on their way makes no difference");
}

}  // namespace athanor::fuzz
