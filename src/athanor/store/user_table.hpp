#pragma once

#include "athanor/store/database.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

class UserTable final : public UserRepository {
 public:
  explicit UserTable(Database& database) : database_(database) {}

  Status insert(const UserRecord& user, const ApiKeyRecord& key) override;
  Result<std::vector<UserRecord>> list() override;
  Result<UserRecord> remove(const std::string& name) override;
  Result<UserRecord> set_admin(const std::string& name, bool is_admin) override;
  Result<bool> is_admin(Uuid user) override;
  Result<std::vector<ApiKeyRecord>> keys() override;
  Result<std::optional<ApiKeyRecord>> find_key(const std::string& id) override;
  Status insert_key(const ApiKeyRecord& key) override;
  Result<ApiKeyRecord> remove_key(const std::string& id) override;

 private:
  Database& database_;
};

}  // namespace athanor::store
