#pragma once

#include "athanor/store/database.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

class ReplyTable final : public ReplyRepository {
 public:
  explicit ReplyTable(Database& database) : database_(database) {}

  Result<std::optional<KeptReply>> find(Uuid user, const std::string& key) override;
  Status keep(const KeptReply& reply) override;

 private:
  Database& database_;
};

}  // namespace athanor::store
