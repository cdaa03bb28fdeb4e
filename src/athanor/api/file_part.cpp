#include "athanor/api/file_part.hpp"

#include <chrono>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"

namespace athanor::api {

Awaitable<Result<std::string>> find_file_part(http::MultipartReader& parts,
                                              std::string what,
                                              std::string example) {
  while (true) {
    ATHANOR_CO_TRY(const auto part, co_await parts.next_part());
    if (!part) {
      co_return fail(ErrorCode::invalid_argument,
                     fmt::format("the upload has no part named \"file\": send {} as multipart form "
                                 "data, for example curl -F file=@{}",
                                 what,
                                 example));
    }
    if (part->name == "file") {
      co_return part->filename.value_or("");
    }
  }
}

Error too_slow() {
  return {ErrorCode::timed_out,
          fmt::format("the upload comes too slowly: fewer than {} bytes in {} s; use a better "
                      "connection",
                      limits::upload_pace_bytes,
                      std::chrono::seconds(limits::upload_pace_window).count())};
}

}  // namespace athanor::api
