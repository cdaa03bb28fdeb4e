#include "athanor/store/snapshot.hpp"

#include "athanor/store/connection.hpp"

namespace athanor::store {

Status copy_database(const std::string& url, const std::filesystem::path& target) {
  ATHANOR_TRY(const auto location, parse_location(url));
  if (location.backend != Backend::sqlite) {
    return fail(ErrorCode::unsupported, "a PostgreSQL database is copied with pg_dump");
  }
  try {
    Connection(location).execute("VACUUM INTO :target", {target.string()});
  } catch (const DatabaseError& failure) {
    return fail(failure.error());
  }
  return {};
}

}  // namespace athanor::store
