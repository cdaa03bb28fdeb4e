#include "athanor/http/detail/file_reply.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "athanor/core/uuid.hpp"
#include "athanor/http/detail/http_date.hpp"
#include "athanor/http/entity_tag.hpp"

namespace athanor::http::detail {

namespace {

struct Validators {
  std::string etag;
  std::string last_modified;
};

Validators validators_of(const struct stat& status) {
  return {fmt::format("\"{:x}-{:x}{:08x}\"",
                      status.st_size,
                      status.st_mtim.tv_sec,
                      static_cast<unsigned>(status.st_mtim.tv_nsec)),
          http_date(status.st_mtim.tv_sec)};
}

bool is_unchanged(const Preconditions& conditions, const Validators& validators) {
  if (!conditions.if_none_match.empty()) {
    return lists_tag(conditions.if_none_match, validators.etag);
  }
  // Clients send back the date they were given; a file may also go back to an older version.
  return conditions.if_modified_since == validators.last_modified;
}

RangeOutcome wanted_ranges(const Preconditions& conditions,
                           const Validators& validators,
                           std::uint64_t size) {
  const bool same_copy = conditions.if_range.empty() || conditions.if_range == validators.etag ||
                         conditions.if_range == validators.last_modified;
  if (conditions.range.empty() || !same_copy) {
    return WholeFile{};
  }
  return parse_range(conditions.range, size);
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, size);
}

void add_piece(FileReply& reply, std::string text) {
  reply.content_length += text.size();
  reply.pieces.emplace_back(std::move(text));
}

void add_piece(FileReply& reply, const ByteRange& range) {
  reply.content_length += range.length;
  reply.pieces.emplace_back(range);
}

/// The multipart/byteranges form of several ranges.
void add_parts(FileReply& reply,
               const std::vector<ByteRange>& ranges,
               const std::string& content_type,
               std::uint64_t size) {
  const std::string boundary = Uuid::random().to_string();
  for (const auto& range : ranges) {
    add_piece(reply,
              fmt::format("\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
                          boundary,
                          content_type,
                          content_range(range, size)));
    add_piece(reply, range);
  }
  add_piece(reply, fmt::format("\r\n--{}--\r\n", boundary));
  reply.headers.set("Content-Type", "multipart/byteranges; boundary=" + boundary);
}

void fill(FileReply& reply,
          const RangeOutcome& outcome,
          const std::string& content_type,
          std::uint64_t size) {
  reply.headers.set("Content-Type", content_type);
  if (std::holds_alternative<WholeFile>(outcome)) {
    add_piece(reply, ByteRange{0, size});
  } else if (const auto* ranges = std::get_if<std::vector<ByteRange>>(&outcome)) {
    reply.status = 206;
    if (ranges->size() == 1) {
      reply.headers.set("Content-Range", content_range(ranges->front(), size));
      add_piece(reply, ranges->front());
    } else {
      add_parts(reply, *ranges, content_type, size);
    }
  } else {
    reply.status = 416;
    reply.headers.set("Content-Range", fmt::format("bytes */{}", size));
  }
}

tl::unexpected<Error> file_is_gone() {
  return fail(ErrorCode::not_found, "the file is not there any more");
}

}  // namespace

Preconditions Preconditions::of(const Headers& headers) {
  const auto value = [&headers](std::string_view name) {
    return std::string(headers.find(name).value_or(""));
  };
  return {value("Range"), value("If-Range"), value("If-None-Match"), value("If-Modified-Since")};
}

Result<FileReply> open_file_reply(const FileBody& body, const Preconditions& conditions) {
  FileReply reply;
  reply.file = UniqueFd(open(body.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!reply.file.valid()) {
    const int reason = errno;
    const bool is_gone = reason == ENOENT || reason == ENOTDIR || reason == ELOOP;
    return is_gone ? file_is_gone() : fail(system_error("cannot open the file", reason));
  }

  struct stat status {};

  if (fstat(reply.file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return file_is_gone();
  }
  const Validators validators = validators_of(status);
  reply.headers.add("ETag", validators.etag);
  reply.headers.add("Last-Modified", validators.last_modified);
  reply.headers.add("Accept-Ranges", "bytes");
  if (is_unchanged(conditions, validators)) {
    reply.status = 304;
    return reply;
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  fill(reply, wanted_ranges(conditions, validators, size), body.content_type, size);
  return reply;
}

}  // namespace athanor::http::detail
