#include "athanor/store/migrations.hpp"

#include <fmt/format.h>

#include "athanor/core/clock.hpp"

namespace athanor::store {

namespace {

/// The table of applied versions exists from the first migration on.
bool has_versions(Connection& connection) {
  const std::string_view catalog =
      connection.backend() == Backend::sqlite
          ? "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'"
          : "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_migrations')";
  return connection.scalar(std::string(catalog)) > 0;
}

std::int64_t applied_version(Connection& connection) {
  return has_versions(connection) ? connection.scalar("SELECT MAX(version) FROM schema_migrations")
                                  : 0;
}

void create_versions(Connection& connection) {
  if (connection.backend() == Backend::postgresql) {
    // SQLite's name for the order of bytes, so that both databases sort alike.
    connection.execute(R"(CREATE COLLATION "binary" FROM "C")");
  }
  connection.execute(
      "CREATE TABLE schema_migrations ("
      "version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_on TEXT NOT NULL)");
}

void apply(Connection& connection, const Migration& migration) {
  std::string_view rest = migration.sql;
  for (auto end = rest.find(";\n"); end != rest.npos; end = rest.find(";\n")) {
    connection.execute(std::string(rest.substr(0, end)));
    rest.remove_prefix(end + 2);
  }
  connection.execute("INSERT INTO schema_migrations VALUES (:version, :name, :applied_on)",
                     {std::int64_t{migration.version}, std::string(migration.name), now_iso()});
}

}  // namespace

Result<bool> is_current(Connection& connection) {
  const auto applied = applied_version(connection);
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (applied > known) {
    return fail(ErrorCode::unsupported,
                fmt::format("the database has schema version {}, but this athanor knows versions "
                            "up to {}: start the newer athanor that made it, or restore a backup",
                            applied,
                            known));
  }
  return applied == known;
}

Status migrate(Connection& connection) {
  ATHANOR_CHECK_OK(is_current(connection));
  const auto applied = applied_version(connection);
  if (applied == 0) {
    create_versions(connection);
  }
  for (const auto& migration : migrations().subspan(static_cast<std::size_t>(applied))) {
    apply(connection, migration);
  }
  return {};
}

}  // namespace athanor::store
