#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/secret.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::store {

/// A value bound to a placeholder, in the order of the placeholders.
using Value = std::variant<std::nullptr_t, long long, std::string>;
using Values = std::vector<Value>;

[[nodiscard]] Value to_value(const std::optional<std::string>& text);
[[nodiscard]] Value to_value(const std::optional<Uuid>& id);

/// Thrown by Connection and turned into an Error by Database. Its text is ours: the library's
/// holds bound values.
class DatabaseError : public std::exception {
 public:
  explicit DatabaseError(Error error) : error_(std::move(error)) {}

  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

/// One row of a result, read column by column in the order of the SELECT.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual std::optional<std::string> optional_text() = 0;
  [[nodiscard]] virtual std::int64_t integer() = 0;

  [[nodiscard]] std::string text();

  [[nodiscard]] bool boolean() { return integer() != 0; }

  [[nodiscard]] std::optional<Uuid> optional_uuid();
  [[nodiscard]] Uuid uuid();
  [[nodiscard]] Json json();
  /// Null for NULL.
  [[nodiscard]] Json optional_json();
};

enum class Backend { sqlite, postgresql };

/// Where the database is, from "sqlite:///path/athanor.db" or "postgresql://user@host/db".
struct Location {
  Backend backend = Backend::sqlite;
  Secret<std::string> target;  ///< A file, or a URL that may hold a password.
};

[[nodiscard]] Result<Location> parse_location(const std::string& url);

/// A session of SQLite or PostgreSQL; one thread at a time. Every method throws DatabaseError.
///
/// The SQL is the common part of both: placeholders are ":name", each used once and bound by
/// position; integers are declared BIGINT, since the library cuts INTEGER columns to 32 bits.
class Connection {
 public:
  explicit Connection(const Location& location);
  ~Connection();

  [[nodiscard]] Backend backend() const { return backend_; }

  /// Runs one statement; the number of rows it changed.
  std::int64_t execute(const std::string& sql, const Values& values = {});

  /// Calls `take` for every row.
  void query(const std::string& sql, const Values& values, const std::function<void(Row&)>& take);

  /// The single integer that the query answers; NULL is 0.
  [[nodiscard]] std::int64_t scalar(const std::string& sql, const Values& values = {});

  /// One snapshot for all that is read until commit or rollback.
  void begin_reading();

  /// One writer at a time over all connections and processes, on both databases.
  void begin_writing();

  void commit();
  void rollback();

  /// A part of a transaction that can be undone without the rest; one at a time.
  void begin_part();
  void keep_part();
  void undo_part();

 private:
  struct Session;
  void prepare_session();

  Backend backend_;
  std::unique_ptr<Session> session_;
};

}  // namespace athanor::store
