#pragma once

#include "athanor/store/database.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

class SpecTable final : public SpecRepository {
 public:
  explicit SpecTable(Database& database) : database_(database) {}

  Result<std::optional<std::string>> get(Uuid owner, const std::string& action) override;
  Status put(OwnerKind kind,
             Uuid owner,
             const std::string& action,
             const std::string& body) override;

 private:
  Database& database_;
};

}  // namespace athanor::store
