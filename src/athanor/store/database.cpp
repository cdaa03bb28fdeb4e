#include "athanor/store/database.hpp"

#include <filesystem>
#include <utility>

#include "athanor/core/files.hpp"
#include "athanor/store/migrations.hpp"

namespace athanor::store {

namespace {

constexpr std::size_t kept_readers = 8;

/// The transaction of atomically() that this thread is in, if any.
struct Joined {
  const Database* database = nullptr;
  Connection* connection = nullptr;
};

thread_local Joined joined;

/// This thread is in a transaction while this lives.
class Membership {
 public:
  Membership(const Database& database, Connection& connection)
      : before_(std::exchange(joined, {&database, &connection})) {}

  ~Membership() { joined = before_; }

  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

 private:
  Joined before_;
};

Status attempt(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const DatabaseError& failure) {
    return fail(failure.error());
  }
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& url) {
  ATHANOR_TRY(Location location, parse_location(url));
  if (location.backend == Backend::sqlite) {
    const std::filesystem::path file = location.target.expose();
    ATHANOR_CHECK_OK(make_private_folder(file.parent_path()));
  }
  auto database = std::make_unique<Database>(std::move(location));
  ATHANOR_TRY(const bool current, database->read(is_current));
  if (!current) {
    ATHANOR_CHECK_OK(database->write(migrate));
  }
  return database;
}

Status Database::atomically(const std::function<Status()>& work) {
  return write([&](Connection& connection) -> Status {
    const Membership membership(*this, connection);
    return work();
  });
}

Status Database::run_reading(const Work& work) {
  if (joined.database == this) {
    work(*joined.connection);  // What it throws ends the whole transaction.
    return {};
  }
  auto connection = idle_readers_.with([](auto& idle) -> ConnectionPtr {
    if (idle.empty()) {
      return nullptr;
    }
    auto last = std::move(idle.back());
    idle.pop_back();
    return last;
  });
  const auto status = attempt([&] {
    if (!connection) {
      connection = std::make_unique<Connection>(location_);
    }
    connection->begin_reading();
    work(*connection);
    connection->commit();
  });
  if (!status) {
    // What broke this one, such as a restarted server, has most likely broken the idle ones too.
    idle_readers_.with([](auto& idle) { idle.clear(); });
    return status;
  }
  idle_readers_.with([&](auto& idle) {
    if (idle.size() < kept_readers) {
      idle.push_back(std::move(connection));
    }
  });
  return {};
}

Status Database::run_writing(const Work& work) {
  if (joined.database == this) {
    work(*joined.connection);  // What it throws ends the whole transaction.
    return {};
  }
  return writers_.run(work);
}

}  // namespace athanor::store
