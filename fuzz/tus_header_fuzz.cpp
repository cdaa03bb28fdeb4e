#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/api/tus.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::fuzz {

/// The input is any header field of a resumable upload.
void tus_header(std::string_view input) {
  if (const auto count = api::parse_byte_count(input)) {
    require(api::parse_byte_count(std::to_string(*count)) == count, "a number is read as itself");
  }
  if (api::check_upload_metadata(input)) {
    require(!input.empty() && input.size() <= limits::upload_metadata_bytes,
            "metadata say something and are bounded");
    require(input.find_first_of("\r\n") == input.npos, "metadata can be sent back as a header");
  }
  if (auto checksum = api::UploadChecksum::parse(input)) {
    checksum->add(input);
    require(!checksum->holds(), "no text holds its own checksum");
  }
}

}  // namespace athanor::fuzz
