#include "athanor/api/open_files.hpp"

#include <cerrno>
#include <sys/resource.h>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"

namespace athanor::api {

void raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    log::warning("server", system_error("cannot read the limit on open files", errno).message);
    return;
  }
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) {
    limit = raised;
  } else {
    log::warning("server", system_error("cannot raise the limit on open files", errno).message);
  }
  const Json fields = {{"limit", limit.rlim_cur}};
  if (limit.rlim_cur <= limits::connections) {
    log::warning("server",
                 fmt::format("the limit on open files allows fewer than {} clients at once; raise "
                             "it with ulimit -Hn or LimitNOFILE",
                             limits::connections),
                 fields);
  } else {
    log::info("server", "open files", fields);
  }
}

}  // namespace athanor::api
