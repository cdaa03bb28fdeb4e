#include "athanor/http/multipart.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"
#include "athanor/http/detail/part_header.hpp"

namespace athanor::http {

namespace {

constexpr std::size_t window_bytes = 128 * limits::kib;

}  // namespace

Result<MultipartReader> MultipartReader::open(std::string_view content_type, BodyReader& body) {
  ATHANOR_TRY(const std::string boundary, detail::multipart_boundary(content_type));
  return MultipartReader(body, boundary);
}

MultipartReader::MultipartReader(BodyReader& body, std::string_view boundary)
    : body_(&body), delimiter_(fmt::format("\n--{}", boundary)), buffer_(window_bytes, '\0') {
  // The first delimiter may stand at the very start, where no line end comes before it.
  buffer_[end_++] = '\n';
}

Awaitable<Result<std::optional<PartHeader>>> MultipartReader::next_part() {
  if (state_ == State::finished) {
    co_return std::nullopt;
  }
  while (state_ != State::delimiter) {
    ATHANOR_CO_TRY(const std::string_view skipped, co_await peek_data());
    begin_ += skipped.size();
  }
  ATHANOR_CO_TRY(const bool another, co_await pass_delimiter());
  if (!another) {
    state_ = State::finished;
    co_return std::nullopt;
  }
  if (++parts_ > limits::multipart_parts) {
    co_return fail(ErrorCode::too_large,
                   fmt::format("the body has more than {} parts", limits::multipart_parts));
  }
  ATHANOR_CO_TRY(PartHeader header, co_await read_header());
  state_ = State::data;
  co_return header;
}

Awaitable<Result<std::size_t>> MultipartReader::read_some(std::span<char> buffer) {
  if (state_ != State::data) {
    co_return 0;
  }
  ATHANOR_CO_TRY(const std::string_view data, co_await peek_data());
  const std::size_t count = std::min(data.size(), buffer.size());
  std::memcpy(buffer.data(), data.data(), count);
  begin_ += count;
  co_return count;
}

/// The data at hand before the next delimiter; empty once that is reached and passed.
Awaitable<Result<std::string_view>> MultipartReader::peek_data() {
  while (true) {
    const std::string_view text = window();
    const auto* found = static_cast<const char*>(
        memmem(text.data(), text.size(), delimiter_.data(), delimiter_.size()));
    if (found != nullptr) {
      auto data = text.substr(0, static_cast<std::size_t>(found - text.data()));
      if (data.ends_with('\r')) {
        data.remove_suffix(1);
      }
      if (data.empty()) {
        begin_ += static_cast<std::size_t>(found - text.data()) + delimiter_.size();
        state_ = State::delimiter;
      }
      co_return data;
    }
    // The end may be the first bytes of a delimiter, or the CR before one.
    if (text.size() > delimiter_.size()) {
      co_return text.substr(0, text.size() - delimiter_.size());
    }
    ATHANOR_CO_CHECK_OK(co_await fill());
  }
}

/// Reads what follows a delimiter: "--" after the last part, else the rest of its line.
Awaitable<Result<bool>> MultipartReader::pass_delimiter() {
  while (window().size() < 2) {
    ATHANOR_CO_CHECK_OK(co_await fill());
  }
  if (window().starts_with("--")) {
    co_return false;
  }
  std::size_t allowance = limits::multipart_part_header;
  ATHANOR_CO_TRY(const std::string_view rest, co_await read_line(allowance));
  if (rest.find_first_not_of(" \t") != std::string_view::npos) {
    co_return fail(ErrorCode::invalid_argument,
                   "malformed multipart body: a line starts with the boundary and goes on");
  }
  co_return true;
}

Awaitable<Result<PartHeader>> MultipartReader::read_header() {
  detail::PartHeaderParser parser;
  std::size_t allowance = limits::multipart_part_header;
  while (true) {
    ATHANOR_CO_TRY(const std::string_view line, co_await read_line(allowance));
    if (line.empty()) {
      co_return std::move(parser).finish();
    }
    ATHANOR_CO_CHECK_OK(parser.add_line(line));
  }
}

/// The next line without its end (CRLF or LF), valid until the next read. Its bytes are taken
/// from `allowance`.
Awaitable<Result<std::string_view>> MultipartReader::read_line(std::size_t& allowance) {
  while (true) {
    const std::string_view text = window();
    const auto line_end = text.substr(0, allowance).find('\n');
    if (line_end != std::string_view::npos) {
      begin_ += line_end + 1;
      allowance -= line_end + 1;
      const auto line = text.substr(0, line_end);
      co_return line.ends_with('\r') ? line.substr(0, line_end - 1) : line;
    }
    if (text.size() >= allowance) {
      co_return fail(ErrorCode::too_large,
                     fmt::format("the header of a part is larger than {} bytes",
                                 limits::multipart_part_header));
    }
    ATHANOR_CO_CHECK_OK(co_await fill());
  }
}

Awaitable<Status> MultipartReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  ATHANOR_CO_TRY(const std::size_t count,
                 co_await body_->read_some({buffer_.data() + end_, buffer_.size() - end_}));
  if (count == 0) {
    co_return fail(ErrorCode::invalid_argument,
                   "malformed multipart body: it ends before its last boundary");
  }
  end_ += count;
  co_return Status();
}

std::string_view MultipartReader::window() const {
  return std::string_view(buffer_).substr(begin_, end_ - begin_);
}

}  // namespace athanor::http
