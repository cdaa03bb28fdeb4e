#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "support/run_coroutine.hpp"
#include "target.hpp"

#include "athanor/http/multipart.hpp"

namespace athanor::fuzz {

namespace {

/// Gives `text` in pieces of at most `step` bytes.
class CutBody : public http::BodyReader {
 public:
  CutBody(std::string_view text, std::size_t step) : text_(text), step_(step) {}

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
Awaitable<std::string> describe_form(std::string_view content_type, CutBody body) {
  auto reader = http::MultipartReader::open(content_type, body);
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
    require(filename.find_first_of("/\\") == std::string::npos && filename != "..",
            "the name of a file is no path");
    seen += (*part)->name + "|" + filename + "|";
    const auto data = co_await http::read_all(*reader, SIZE_MAX);
    seen += data.value_or("broken") + "\n";
  }
}

}  // namespace

/// The first line is the Content-Type, the rest the body.
void multipart(std::string_view input) {
  const auto line_end = std::min(input.find('\n'), input.size());
  const auto content_type = input.substr(0, line_end);
  const auto body = input.substr(std::min(line_end + 1, input.size()));
  const auto whole = testing::run_coroutine(describe_form(content_type, {body, SIZE_MAX}));
  const auto cut = testing::run_coroutine(describe_form(content_type, {body, 3}));
  require(whole == cut, "how bytes are cut on their way makes no difference");
}

}  // namespace athanor::fuzz
