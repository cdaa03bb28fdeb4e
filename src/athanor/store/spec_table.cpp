#include "athanor/store/spec_table.hpp"

#include "athanor/store/owners.hpp"
#include "athanor/store/text_check.hpp"

namespace athanor::store {

Result<std::optional<std::string>> SpecTable::get(Uuid owner, const std::string& action) {
  using Body = std::optional<std::string>;
  return database_.read([&](Connection& connection) -> Result<Body> {
    Body body;
    connection.query("SELECT body FROM specs WHERE owner_id = :owner_id AND action = :action",
                     {owner.to_string(), action},
                     [&](Row& row) { body = row.text(); });
    return body;
  });
}

Status SpecTable::put(OwnerKind kind,
                      Uuid owner,
                      const std::string& action,
                      const std::string& body) {
  ATHANOR_CHECK_OK(check_storable({{"the spec", body}}));
  return database_.write([&](Connection& connection) -> Status {
    if (!touch_owner(connection, kind, owner)) {
      return fail(unknown(kind));
    }
    connection.execute(
        "INSERT INTO specs (owner_id, action, body) VALUES (:owner_id, :action, :body) "
        "ON CONFLICT (owner_id, action) DO UPDATE SET body = excluded.body",
        {owner.to_string(), action, body});
    return {};
  });
}

}  // namespace athanor::store
