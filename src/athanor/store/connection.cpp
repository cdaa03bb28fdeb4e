#include "athanor/store/connection.hpp"

#include <chrono>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "athanor/store/prepared_statement.hpp"

namespace athanor::store {

namespace {

constexpr std::chrono::seconds busy_timeout{10};
constexpr std::size_t kept_statements = 64;
/// Any number will do, as long as every athanor uses the same.
constexpr std::int64_t writer_lock = 0x617468616e6f72;

/// A full disk is something to try again after, like a locked database.
Error error_of(const soci::sqlite3_soci_error& failure) {
  switch (failure.result() & 0xff) {
    case SQLITE_FULL:
      return {ErrorCode::unavailable,
              "the disk that holds the database is full; free some space, then try again"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::io, "the database file is damaged or is no SQLite database"};
    case SQLITE_CANTOPEN:
      return {ErrorCode::io, "the database file cannot be opened"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {ErrorCode::io, "the database file cannot be written"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::io, "the database is locked by another process"};
    default:
      return {ErrorCode::io, fmt::format("the database failed (SQLite code {})", failure.result())};
  }
}

Error error_of(const soci::postgresql_soci_error& failure) {
  const std::string state = failure.sqlstate();
  constexpr std::string_view program_limit_exceeded = "54000";
  if (state == program_limit_exceeded) {
    // Of what clients send, names alone are indexed and can be longer than an index can hold.
    return {ErrorCode::invalid_argument,
            "the name with its version is longer than PostgreSQL can index; shorten it"};
  }
  constexpr std::string_view disk_full = "53100";
  return {state == disk_full ? ErrorCode::unavailable : ErrorCode::io,
          fmt::format("the database failed (SQLSTATE {})", state)};
}

Error error_of(const soci::soci_error& failure) {
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&failure)) {
    return error_of(*sqlite);
  }
  if (const auto* postgresql = dynamic_cast<const soci::postgresql_soci_error*>(&failure)) {
    return error_of(*postgresql);
  }
  return {ErrorCode::io, "the database cannot be reached or does not answer"};
}

template <class Work>
auto guarded(Work&& work) {
  try {
    return work();
  } catch (const soci::soci_error& failure) {
    throw DatabaseError(error_of(failure));
  }
}

soci::connection_parameters parameters(const Location& location) {
  if (location.backend == Backend::postgresql) {
    return {soci::postgresql, location.target.expose()};
  }
  // The library leaks a connection that fails on what it is told here, so the rest comes later.
  return {soci::sqlite3,
          fmt::format(R"(db="{}" timeout={})", location.target.expose(), busy_timeout.count())};
}

/// SQLite's busy timeout does not cover the first steps on a file, nor the change to WAL mode
/// that several processes may attempt on a new one.
template <class Work>
void retried_while_busy(Work&& work) {
  const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
  for (;;) {
    try {
      return work();
    } catch (const soci::sqlite3_soci_error& failure) {
      const bool busy = (failure.result() & 0xff) == SQLITE_BUSY;
      if (!busy || std::chrono::steady_clock::now() > deadline) {
        throw;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

/// The library fills its table of SQLite's column types without a lock, when it first describes a
/// row; the first one is described here, where no other connection can. Not by std::call_once,
/// which the thread sanitizer never lets go on after an exception.
void fill_table_of_column_types(soci::session& sql) {
  static std::mutex mutex;
  static bool is_filled = false;
  const std::lock_guard lock(mutex);
  if (!is_filled) {
    soci::row row;
    sql << "SELECT type FROM sqlite_master LIMIT 1", soci::into(row);
    is_filled = true;
  }
}

class SociRow final : public Row {
 public:
  explicit SociRow(const soci::row& row) : row_(row) {}

  std::optional<std::string> optional_text() override {
    const std::size_t column = column_++;
    if (row_.get_indicator(column) == soci::i_null) {
      return std::nullopt;
    }
    return row_.get<std::string>(column);
  }

  std::int64_t integer() override {
    const std::size_t column = column_++;
    // The type of a computed column is unknown to the library where its first answer had no row.
    if (row_.get_properties(column).get_data_type() == soci::dt_string) {
      return std::stoll(row_.get<std::string>(column));
    }
    return row_.get<long long>(column);
  }

 private:
  const soci::row& row_;
  std::size_t column_ = 0;
};

}  // namespace

Value to_value(const std::optional<std::string>& text) {
  return text ? Value(*text) : Value(nullptr);
}

Value to_value(const std::optional<Uuid>& id) {
  return id ? Value(id->to_string()) : Value(nullptr);
}

std::string Row::text() {
  return optional_text().value_or("");
}

std::optional<Uuid> Row::optional_uuid() {
  const auto text = optional_text();
  return text ? Uuid::parse(*text) : std::nullopt;
}

Uuid Row::uuid() {
  return optional_uuid().value_or(Uuid{});
}

Json Row::json() {
  return parse_json(text()).value_or(Json::object());
}

Json Row::optional_json() {
  const auto text = optional_text();
  return text ? parse_json(*text).value_or(Json()) : Json();
}

Result<Location> parse_location(const std::string& url) {
  static const std::string sqlite = "sqlite://";
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return Location{Backend::postgresql, Secret(url)};
  }
  if (url.starts_with(sqlite + "/") && url.find('"') == std::string::npos) {
    return Location{Backend::sqlite, Secret(url.substr(sqlite.size()))};
  }
  return fail(ErrorCode::invalid_argument,
              "the database URL must be sqlite:///absolute/path or postgresql://user@host/name");
}

struct Connection::Session {
  explicit Session(const Location& location) : sql(parameters(location)) {}

  /// A statement that is not in use, taken out of those kept or made.
  std::unique_ptr<PreparedStatement> take(const std::string& text,
                                          const Values& values,
                                          Answer answer) {
    auto found = idle.extract(text);
    if (found && found.mapped()->fits(values, answer)) {
      return std::move(found.mapped());
    }
    return std::make_unique<PreparedStatement>(sql, text, values, answer);
  }

  /// After its last row. What was left halfway by an exception is not kept.
  void keep(const std::string& text, std::unique_ptr<PreparedStatement> statement) {
    if (!statement->is_light()) {
      return;
    }
    if (idle.size() == kept_statements) {
      idle.erase(idle.begin());
    }
    idle.insert_or_assign(text, std::move(statement));
  }

  soci::session sql;
  std::unordered_map<std::string, std::unique_ptr<PreparedStatement>> idle;
};

Connection::Connection(const Location& location) : backend_(location.backend) {
  guarded([&] {
    retried_while_busy([&] {
      session_ = std::make_unique<Session>(location);
      prepare_session();
    });
  });
}

Connection::~Connection() = default;

void Connection::prepare_session() {
  if (backend_ == Backend::sqlite) {
    // In WAL mode readers do not wait for the writer.
    session_->sql.once << "PRAGMA journal_mode = WAL";
    session_->sql.once << "PRAGMA synchronous = FULL";
    session_->sql.once << "PRAGMA foreign_keys = ON";
    fill_table_of_column_types(session_->sql);
  } else {
    session_->sql.once << "SET client_min_messages = warning";
    session_->sql.once << "SET synchronous_commit = on";
  }
}

std::int64_t Connection::execute(const std::string& sql, const Values& values) {
  return guarded([&] {
    auto statement = session_->take(sql, values, Answer::nothing);
    statement->run(values);
    const auto changed = statement->changed_rows();
    session_->keep(sql, std::move(statement));
    return changed;
  });
}

void Connection::query(const std::string& sql,
                       const Values& values,
                       const std::function<void(Row&)>& take) {
  guarded([&] {
    auto statement = session_->take(sql, values, Answer::rows);
    for (bool more = statement->run(values); more; more = statement->next()) {
      SociRow row(statement->row());
      take(row);
    }
    session_->keep(sql, std::move(statement));
  });
}

std::int64_t Connection::scalar(const std::string& sql, const Values& values) {
  return guarded([&] {
    auto statement = session_->take(sql, values, Answer::number);
    statement->run(values);
    const auto number = statement->number();
    while (statement->next()) {
      // To its end.
    }
    session_->keep(sql, std::move(statement));
    return number;
  });
}

void Connection::begin_reading() {
  execute(backend_ == Backend::sqlite ? "BEGIN"
                                      : "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
}

void Connection::begin_writing() {
  if (backend_ == Backend::sqlite) {
    execute("BEGIN IMMEDIATE");
    return;
  }
  execute("BEGIN");
  execute(fmt::format("SELECT pg_advisory_xact_lock({})", writer_lock));
}

void Connection::commit() {
  execute("COMMIT");
}

void Connection::rollback() {
  execute("ROLLBACK");
}

void Connection::begin_part() {
  execute("SAVEPOINT part");
}

void Connection::keep_part() {
  execute("RELEASE SAVEPOINT part");
}

void Connection::undo_part() {
  execute("ROLLBACK TO SAVEPOINT part");
  keep_part();
}

}  // namespace athanor::store
