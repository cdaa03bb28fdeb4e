#include "athanor/http/multipart.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "support/run_coroutine.hpp"
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::http {
namespace {

/// A body in memory, given out in pieces of at most `step` bytes.
class MemoryBody : public BodyReader {
 public:
  MemoryBody(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}

  Awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
    const std::size_t count = std::min({step_, buffer.size(), text_.size() - position_});
    std::memcpy(buffer.data(), text_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t position_ = 0;
};

struct Part {
  PartHeader header;
  std::string data;
};

Awaitable<Result<std::vector<Part>>> read_parts(std::string content_type, BodyReader& body) {
  ATHANOR_CO_TRY(auto reader, MultipartReader::open(content_type, body));
  std::vector<Part> parts;
  while (true) {
    ATHANOR_CO_TRY(auto header, co_await reader.next_part());
    if (!header) {
      co_return parts;
    }
    ATHANOR_CO_TRY(auto data, co_await read_all(reader, SIZE_MAX));
    parts.push_back({std::move(*header), std::move(data)});
  }
}

constexpr auto content_type = "multipart/form-data; boundary=XX";

Result<std::vector<Part>> parse(std::string text,
                                std::size_t step = SIZE_MAX,
                                std::string type = content_type) {
  MemoryBody body(std::move(text), step);
  return athanor::testing::run_coroutine(read_parts(std::move(type), body));
}

std::string part(std::string_view headers, std::string_view data) {
  return std::string("--XX\r\n").append(headers).append("\r\n\r\n").append(data).append("\r\n");
}

const std::string file_header =
    "Content-Disposition: form-data; name=\"file\"; filename=\"data.tar.gz\"";

std::optional<std::string> filename_of(const std::string& disposition) {
  const auto parts = parse(part("Content-Disposition: form-data; " + disposition, "") + "--XX--");
  return parts.value().at(0).header.filename;
}

TEST(Multipart, ReadsPartsWithTheirHeaders) {
  const auto parts = parse(part(file_header + "\r\nContent-Type: application/gzip", "bytes") +
                           part("content-disposition: form-data; name=note", "text") + "--XX--\r\n")
                         .value();

  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].header.name, "file");
  EXPECT_EQ(parts[0].header.filename, "data.tar.gz");
  EXPECT_EQ(parts[0].header.content_type, "application/gzip");
  EXPECT_EQ(parts[0].data, "bytes");
  EXPECT_EQ(parts[1].header.name, "note");
  EXPECT_EQ(parts[1].header.filename, std::nullopt);
  EXPECT_EQ(parts[1].header.content_type, "");
  EXPECT_EQ(parts[1].data, "text");
}

TEST(Multipart, IsTheSameForEveryCutOfTheBytes) {
  const std::string data = "a\r\n--X\r\n--XY\r\r\n--\n";
  for (std::size_t step = 1; step < 40; ++step) {
    const auto parts = parse(part(file_header, data) + part(file_header, "") + "--XX--", step);

    ASSERT_EQ(parts.value().size(), 2U) << step;
    EXPECT_EQ(parts->at(0).data, data) << step;
    EXPECT_EQ(parts->at(1).data, "") << step;
  }
}

TEST(Multipart, KeepsBinaryDataLargerThanItsWindow) {
  std::string data(1 << 20, '\0');
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<char>(i * 2654435761U >> 13);
  }

  const auto parts = parse(part(file_header, data) + "--XX--", 70000).value();

  EXPECT_TRUE(parts.at(0).data == data);
}

TEST(Multipart, SkipsWhatTheCallerLeavesUnread) {
  MemoryBody body(part(file_header, std::string(300000, 'x')) + part(file_header, "b") + "--XX--",
                  1000);
  auto read = [](BodyReader& from) -> Awaitable<std::string> {
    auto reader = MultipartReader::open(content_type, from).value();
    (void)(co_await reader.next_part()).value();
    (void)(co_await reader.next_part()).value();
    co_return (co_await read_all(reader, 10)).value();
  };

  EXPECT_EQ(athanor::testing::run_coroutine(read(body)), "b");
}

TEST(Multipart, IgnoresPreambleAndEpilogue) {
  const auto parts = parse("hello\r\n" + part(file_header, "x") + "--XX--\r\nbye").value();

  EXPECT_EQ(parts.at(0).data, "x");
}

TEST(Multipart, TakesBareLineFeedsAroundTheBoundary) {
  const auto parts = parse("hello\n--XX\n" + file_header + "\n\nx\n--XX--\n").value();

  EXPECT_EQ(parts.at(0).data, "x");
}

TEST(Multipart, TakesPaddingAfterTheBoundary) {
  EXPECT_EQ(parse("--XX \t\r\n" + file_header + "\r\n\r\nx\r\n--XX--").value().at(0).data, "x");
}

TEST(Multipart, KnowsABodyWithoutParts) {
  EXPECT_TRUE(parse("--XX--").value().empty());
}

TEST(Multipart, TakesAQuotedBoundary) {
  const auto parts = parse("--a b\r\n" + file_header + "\r\n\r\nx\r\n--a b--",
                           SIZE_MAX,
                           "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"");

  EXPECT_EQ(parts.value().at(0).data, "x");
}

TEST(Multipart, StripsFoldersAndControlCharactersFromFileNames) {
  EXPECT_EQ(filename_of("name=f; filename=\"../../etc/passwd\""), "passwd");
  EXPECT_EQ(filename_of("name=f; filename=\"C:\\\\data\\\\a.tar\""), "a.tar");
  EXPECT_EQ(filename_of("name=f; filename=\"a\tb.tar\""), "ab.tar");
  EXPECT_EQ(filename_of("name=f; filename=\"..\""), "");
  EXPECT_EQ(filename_of("name=f; filename=\"" + std::string(300, 'a') + "\""),
            std::string(255, 'a'));
}

TEST(Multipart, ReadsExtendedFileNames) {
  EXPECT_EQ(filename_of("name=f; filename=x; filename*=UTF-8''na%C3%AFve%2F..%2Fa.tar"), "a.tar");
  EXPECT_EQ(filename_of("name=f; filename=x; filename*=latin1''%E9"), "x");
}

TEST(Multipart, RefusesAnotherContentType) {
  const auto parts = parse("{}", SIZE_MAX, "application/json");

  EXPECT_EQ(parts.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(parts.error().message.find("multipart/form-data"), std::string::npos);
}

TEST(Multipart, RefusesAMissingBoundary) {
  EXPECT_FALSE(parse("", SIZE_MAX, "multipart/form-data"));
  EXPECT_FALSE(parse("", SIZE_MAX, "multipart/form-data; boundary=\"\""));
}

TEST(Multipart, LimitsTheBoundary) {
  const std::string fits(limits::multipart_boundary, 'b');
  const std::string type = "multipart/form-data; boundary=";

  EXPECT_TRUE(parse("--" + fits + "--", SIZE_MAX, type + fits));
  EXPECT_EQ(parse("", SIZE_MAX, type + fits + "b").error().code, ErrorCode::too_large);
}

TEST(Multipart, LimitsTheNumberOfParts) {
  std::string body;
  for (std::size_t i = 0; i < limits::multipart_parts; ++i) {
    body += part(file_header, "");
  }

  EXPECT_EQ(parse(body + "--XX--").value().size(), limits::multipart_parts);
  EXPECT_EQ(parse(body + part(file_header, "") + "--XX--").error().code, ErrorCode::too_large);
}

TEST(Multipart, LimitsTheHeaderOfAPart) {
  const auto with_header = [](std::size_t bytes) {
    const std::string line = file_header + "\r\nX-Long: ";
    // The header ends with an empty line, which counts too.
    return parse(part(line + std::string(bytes - line.size() - 4, 'x'), "") + "--XX--");
  };

  EXPECT_TRUE(with_header(limits::multipart_part_header));
  EXPECT_EQ(with_header(limits::multipart_part_header + 1).error().code, ErrorCode::too_large);
}

TEST(Multipart, RefusesManyShortHeaderLines) {
  std::string headers = file_header;
  for (std::size_t i = 0; i < limits::multipart_part_header / 4; ++i) {
    headers += "\r\nX: y";
  }

  EXPECT_EQ(parse(part(headers, "") + "--XX--").error().code, ErrorCode::too_large);
}

TEST(Multipart, RefusesABodyThatEndsEarly) {
  const std::string whole = part(file_header, "data") + "--XX--";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(parse(whole.substr(0, length)).error().code, ErrorCode::invalid_argument) << length;
  }
}

TEST(Multipart, RefusesBoundariesThatGoOn) {
  EXPECT_FALSE(parse("--XXY\r\n" + file_header + "\r\n\r\nx\r\n--XX--"));
}

TEST(Multipart, RefusesPartsWithoutAName) {
  EXPECT_FALSE(parse(part("Content-Type: text/plain", "x") + "--XX--"));
  EXPECT_FALSE(parse(part("Content-Disposition: form-data", "x") + "--XX--"));
  EXPECT_FALSE(parse(part("Content-Disposition: attachment; name=x", "x") + "--XX--"));
  EXPECT_FALSE(parse(part("no colon", "x") + "--XX--"));
  EXPECT_FALSE(parse(part(file_header + "\r\n" + file_header, "x") + "--XX--"));
}

}  // namespace
}  // namespace athanor::http
