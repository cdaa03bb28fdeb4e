#pragma once

#include <string>
#include <string_view>

#include "athanor/http/multipart.hpp"

namespace athanor::http::detail {

/// The boundary of "multipart/form-data; boundary=..."; the error names what is wrong.
[[nodiscard]] Result<std::string> multipart_boundary(std::string_view content_type);

/// What may be shown or stored of a client's file name: the part after the last slash of either
/// kind, without control characters, at most 255 bytes; "." and ".." become empty.
[[nodiscard]] std::string sanitised_filename(std::string_view name);

/// Gathers the header lines of one part.
class PartHeaderParser {
 public:
  Status add_line(std::string_view line);

  /// The whole header; an error if there was no Content-Disposition with a name.
  [[nodiscard]] Result<PartHeader> finish() &&;

 private:
  Status add_disposition(std::string_view value);

  PartHeader header_;
  bool has_name_ = false;
};

}  // namespace athanor::http::detail
