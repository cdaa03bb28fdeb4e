#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "athanor/core/files.hpp"
#include "athanor/http/message.hpp"
#include "athanor/http/range.hpp"

namespace athanor::http::detail {

/// What a request says about the copy of a file that its client has.
struct Preconditions {
  std::string range;
  std::string if_range;
  std::string if_none_match;
  std::string if_modified_since;

  [[nodiscard]] static Preconditions of(const Headers& headers);
};

/// A file reply, ready to be sent: text of our own and slices of the open file in turn.
struct FileReply {
  int status = 200;
  Headers headers;
  UniqueFd file;
  std::vector<std::variant<std::string, ByteRange>> pieces;
  std::uint64_t content_length = 0;
};

/// Opens the file and decides between 200, 206, 304 and 416 (RFC 9110 sections 13 and 14).
/// Blocks. Errors: not_found, io.
[[nodiscard]] Result<FileReply> open_file_reply(const FileBody& body,
                                                const Preconditions& conditions);

}  // namespace athanor::http::detail
