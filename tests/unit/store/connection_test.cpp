#include "athanor/store/connection.hpp"

#include <fstream>
#include <limits>

#include "store_fixture.hpp"
#include <gmock/gmock.h>

namespace athanor::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConnectionTest : public StoreTest {};

TEST(Location, TellsTheDatabasesApart) {
  const auto file = parse_location("sqlite:///var/lib/athanor/athanor.db").value();
  EXPECT_EQ(file.backend, Backend::sqlite);
  EXPECT_EQ(file.target.expose(), "/var/lib/athanor/athanor.db");
  EXPECT_EQ(parse_location("postgresql://me@host/db").value().backend, Backend::postgresql);
  EXPECT_EQ(parse_location("postgres://me@host/db").value().backend, Backend::postgresql);
}

TEST(Location, RefusesWhatItCannotOpenWithoutShowingIt) {
  for (const auto* url : {"", "sqlite://relative.db", "mysql://me:secret@host/db", "/a/path"}) {
    const auto refused = parse_location(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
  }
}

TEST(OpenStore, AnUnreachableServerIsAnErrorWithoutThePassword) {
  const auto refused = open_store("postgresql://me:secret@127.0.0.1:1/db");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::io);
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
}

TEST(OpenStore, AFileThatIsNoDatabaseIsNamedSo) {
  const athanor::testing::TempDir folder;
  const auto path = folder.path() / "athanor.db";
  std::ofstream(path) << std::string(4096, 'x');
  const auto refused = open_store("sqlite://" + path.string());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no SQLite database"));
}

TEST_P(ConnectionTest, IntegersKeepSixtyFourBits) {
  auto connection = connect();
  connection->execute("CREATE TABLE numbers (value BIGINT)");
  const auto largest = std::numeric_limits<long long>::max();
  connection->execute("INSERT INTO numbers VALUES (:value)", {largest});
  connection->query(
      "SELECT value FROM numbers", {}, [&](Row& row) { EXPECT_EQ(row.integer(), largest); });
  EXPECT_EQ(connection->scalar("SELECT MAX(value) FROM numbers"), largest);
}

TEST_P(ConnectionTest, ErrorsHoldNeitherSqlNorValues) {
  auto connection = connect();
  try {
    connection->execute("INSERT INTO nowhere VALUES (:value)", {std::string("my-secret")});
    FAIL() << "expected an error";
  } catch (const DatabaseError& failure) {
    EXPECT_THAT(failure.error().message, Not(HasSubstr("secret")));
    EXPECT_THAT(failure.error().message, Not(HasSubstr("nowhere")));
  }
}

TEST_P(ConnectionTest, CommitsAreDurableByConfiguration) {
  auto connection = connect();
  if (connection->backend() == Backend::sqlite) {
    EXPECT_EQ(connection->scalar("PRAGMA synchronous"), 2);
    EXPECT_EQ(connection->scalar("PRAGMA foreign_keys"), 1);
    connection->query("PRAGMA journal_mode", {}, [](Row& row) { EXPECT_EQ(row.text(), "wal"); });
  } else {
    connection->query("SHOW synchronous_commit", {}, [](Row& row) { EXPECT_EQ(row.text(), "on"); });
  }
}

ON_BOTH_DATABASES(ConnectionTest);

}  // namespace
}  // namespace athanor::store
