#include "athanor/store/user_table.hpp"

#include <fmt/format.h>

#include "athanor/store/text_check.hpp"

namespace athanor::store {

namespace {

constexpr const char* select_users = "SELECT id, name, created_on, is_admin FROM users";
constexpr const char* select_keys = "SELECT id, user_id, created_on, hash FROM api_keys";

UserRecord read_user(Row& row) {
  UserRecord user;
  user.id = row.uuid();
  user.name = row.text();
  user.created_on = row.text();
  user.is_admin = row.boolean();
  return user;
}

ApiKeyRecord read_key(Row& row) {
  ApiKeyRecord key;
  key.id = row.text();
  key.user_id = row.uuid();
  key.created_on = row.text();
  key.hash = row.text();
  return key;
}

std::optional<ApiKeyRecord> key_of(Connection& connection, const std::string& id) {
  std::optional<ApiKeyRecord> key;
  connection.query(
      std::string(select_keys) + " WHERE id = :id", {id}, [&](Row& row) { key = read_key(row); });
  return key;
}

Result<UserRecord> user_called(Connection& connection, const std::string& name) {
  std::optional<UserRecord> user;
  connection.query(std::string(select_users) + " WHERE name = :name", {name}, [&](Row& row) {
    user = read_user(row);
  });
  if (!user) {
    return fail(ErrorCode::not_found, fmt::format("there is no user \"{}\"", name));
  }
  return *user;
}

void add_key(Connection& connection, const ApiKeyRecord& key) {
  connection.execute(
      "INSERT INTO api_keys (id, user_id, created_on, hash) "
      "VALUES (:id, :user_id, :created_on, :hash)",
      {key.id, key.user_id.to_string(), key.created_on, key.hash});
}

}  // namespace

Status UserTable::insert(const UserRecord& user, const ApiKeyRecord& key) {
  ATHANOR_CHECK_OK(check_storable({{"the user's name", user.name}}));
  return database_.write([&](Connection& connection) -> Status {
    if (connection.scalar("SELECT COUNT(*) FROM users WHERE name = :name", {user.name}) > 0) {
      return fail(ErrorCode::conflict, fmt::format("there is a user \"{}\" already", user.name));
    }
    connection.execute(
        "INSERT INTO users (id, name, created_on, is_admin) "
        "VALUES (:id, :name, :created_on, :is_admin)",
        {user.id.to_string(), user.name, user.created_on, user.is_admin ? 1LL : 0LL});
    add_key(connection, key);
    return {};
  });
}

Result<std::vector<UserRecord>> UserTable::list() {
  return database_.read([](Connection& connection) -> Result<std::vector<UserRecord>> {
    std::vector<UserRecord> users;
    connection.query(std::string(select_users) + " ORDER BY name", {}, [&](Row& row) {
      users.push_back(read_user(row));
    });
    return users;
  });
}

Result<UserRecord> UserTable::remove(const std::string& name) {
  ATHANOR_CHECK_OK(check_storable({{"the user's name", name}}));
  return database_.write([&](Connection& connection) -> Result<UserRecord> {
    ATHANOR_TRY(auto user, user_called(connection, name));
    connection.execute("DELETE FROM users WHERE id = :id", {user.id.to_string()});
    return user;
  });
}

Result<UserRecord> UserTable::set_admin(const std::string& name, bool is_admin) {
  ATHANOR_CHECK_OK(check_storable({{"the user's name", name}}));
  return database_.write([&](Connection& connection) -> Result<UserRecord> {
    ATHANOR_TRY(auto user, user_called(connection, name));
    user.is_admin = is_admin;
    connection.execute("UPDATE users SET is_admin = :is_admin WHERE id = :id",
                       {is_admin ? 1LL : 0LL, user.id.to_string()});
    return user;
  });
}

Result<bool> UserTable::is_admin(Uuid user) {
  return database_.read([&](Connection& connection) -> Result<bool> {
    return connection.scalar("SELECT COUNT(*) FROM users WHERE id = :id AND is_admin = 1",
                             {user.to_string()}) > 0;
  });
}

Result<std::vector<ApiKeyRecord>> UserTable::keys() {
  return database_.read([](Connection& connection) -> Result<std::vector<ApiKeyRecord>> {
    std::vector<ApiKeyRecord> keys;
    connection.query(std::string(select_keys) + " ORDER BY created_on, id", {}, [&](Row& row) {
      keys.push_back(read_key(row));
    });
    return keys;
  });
}

Result<std::optional<ApiKeyRecord>> UserTable::find_key(const std::string& id) {
  return database_.read([&](Connection& connection) -> Result<std::optional<ApiKeyRecord>> {
    return key_of(connection, id);
  });
}

Status UserTable::insert_key(const ApiKeyRecord& key) {
  return database_.write([&](Connection& connection) -> Status {
    const Values owner = {key.user_id.to_string()};
    if (connection.scalar("SELECT COUNT(*) FROM users WHERE id = :id", owner) == 0) {
      return fail(ErrorCode::not_found, "there is no such user");
    }
    add_key(connection, key);
    return {};
  });
}

Result<ApiKeyRecord> UserTable::remove_key(const std::string& id) {
  ATHANOR_CHECK_OK(check_storable({{"the key's id", id}}));
  return database_.write([&](Connection& connection) -> Result<ApiKeyRecord> {
    const auto key = key_of(connection, id);
    if (!key) {
      return fail(ErrorCode::not_found, fmt::format("there is no key with the id \"{}\"", id));
    }
    connection.execute("DELETE FROM api_keys WHERE id = :id", {id});
    return *key;
  });
}

}  // namespace athanor::store
