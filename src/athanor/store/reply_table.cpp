#include "athanor/store/reply_table.hpp"

#include "athanor/core/clock.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::store {

namespace {

/// Replies made before this are forgotten.
std::string oldest_kept() {
  return to_iso(std::chrono::system_clock::now() - limits::idempotency_age);
}

}  // namespace

Result<std::optional<KeptReply>> ReplyTable::find(Uuid user, const std::string& key) {
  using Found = std::optional<KeptReply>;
  return database_.read([&](Connection& connection) -> Result<Found> {
    Found found;
    connection.query(
        "SELECT user_id, idempotency_key, fingerprint, status, etag, body FROM replies "
        "WHERE user_id = :user_id AND idempotency_key = :key AND created_on > :oldest",
        {user.to_string(), key, oldest_kept()},
        [&](Row& row) {
          // A braced list is evaluated from left to right, as the row must be read.
          found = KeptReply{.user_id = row.uuid(),
                            .key = row.text(),
                            .fingerprint = row.text(),
                            .status = row.integer(),
                            .etag = row.text(),
                            .body = row.text()};
        });
    return found;
  });
}

Status ReplyTable::keep(const KeptReply& reply) {
  return database_.write([&](Connection& connection) -> Status {
    connection.execute("DELETE FROM replies WHERE created_on <= :oldest", {oldest_kept()});
    connection.execute(
        "INSERT INTO replies (user_id, idempotency_key, fingerprint, created_on, status, etag, "
        "body) VALUES (:user_id, :key, :fingerprint, :now, :status, :etag, :body)",
        {reply.user_id.to_string(),
         reply.key,
         reply.fingerprint,
         now_iso(),
         static_cast<long long>(reply.status),
         reply.etag,
         reply.body});
    return {};
  });
}

}  // namespace athanor::store
