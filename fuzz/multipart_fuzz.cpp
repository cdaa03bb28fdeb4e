#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "support/run_coroutine.hpp"

#include "athanor/http/multipart.hpp"

namespace {

using athanor::Awaitable;
using athanor::Result;
using athanor::http::MultipartReader;

/// Gives `text` in pieces of at most `step` bytes.
class MemoryBody : public athanor::http::BodyReader {
 public:
  MemoryBody(std::string_view text, std::size_t step) : text_(text), step_(step) {}

  Awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
    const std::size_t count = std::min({text_.size(), step_, buffer.size()});
    std::memcpy(buffer.data(), text_.data(), count);
    text_.remove_prefix(count);
    co_return count;
  }

 private:
  std::string_view text_;
  std::size_t step_;
};

/// All that a caller can see of the body, as one text.
Awaitable<std::string> describe(std::string_view content_type, MemoryBody body) {
  auto reader = MultipartReader::open(content_type, body);
  if (!reader) {
    co_return "refused";
  }
  std::string seen;
  while (true) {
    const auto part = co_await reader->next_part();
    if (!part || !*part) {
      co_return seen + (part ? "end" : part.error().message);
    }
    const auto filename = (*part)->filename.value_or("-");
    if (filename.find_first_of("/\\") != std::string::npos || filename == "..") {
      std::abort();
    }
    seen += (*part)->name + "|" + filename + "|";
    const auto data = co_await athanor::http::read_all(*reader, SIZE_MAX);
    seen += data.value_or("broken") + "\n";
  }
}

}  // namespace

/// The first line is the Content-Type, the rest the body. How the bytes are cut on their way must
/// make no difference.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line_end = std::min(input.find('\n'), input.size());
  const auto content_type = input.substr(0, line_end);
  const auto body = input.substr(std::min(line_end + 1, input.size()));
  const auto whole = athanor::testing::run_coroutine(describe(content_type, {body, SIZE_MAX}));
  const auto cut = athanor::testing::run_coroutine(describe(content_type, {body, 3}));
  if (whole != cut) {
    std::abort();
  }
  return 0;
}
