#include "store_fixture.hpp"
#include <gmock/gmock.h>

namespace athanor::store {
namespace {

using ::testing::ElementsAre;

class UserTableTest : public StoreTest {
 protected:
  static UserRecord user(const std::string& name) {
    return {.id = Uuid::random(), .name = name, .created_on = "2023-05-01T12:00:00.000000"};
  }

  static ApiKeyRecord key(const std::string& id, Uuid owner, const std::string& created_on) {
    return {.id = id, .user_id = owner, .created_on = created_on, .hash = "$argon2id$" + id};
  }

  UserRepository& users() { return store().users(); }

  std::vector<std::string> key_ids() {
    std::vector<std::string> ids;
    for (const auto& each : value_of(users().keys())) {
      ids.push_back(each.id);
    }
    return ids;
  }
};

TEST_P(UserTableTest, KeepsAUserWithItsFirstKey) {
  const auto alice = user("alice");
  EXPECT_OK(users().insert(alice, key("k1", alice.id, "2023-05-01")));
  reopen();
  const auto found = value_of(users().find_key("k1"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user_id, alice.id);
  EXPECT_EQ(found->hash, "$argon2id$k1");
  EXPECT_EQ(found->created_on, "2023-05-01");
  const auto all = value_of(users().list());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, alice.id);
  EXPECT_EQ(all[0].name, "alice");
  EXPECT_EQ(all[0].created_on, alice.created_on);
}

TEST_P(UserTableTest, ListsByName) {
  for (const auto* name : {"carol", "alice", "Bob"}) {
    const auto each = user(name);
    EXPECT_OK(users().insert(each, key(name, each.id, "2023-05-01")));
  }
  std::vector<std::string> names;
  for (const auto& each : value_of(users().list())) {
    names.push_back(each.name);
  }
  EXPECT_THAT(names, ElementsAre("Bob", "alice", "carol"));
}

TEST_P(UserTableTest, ATakenNameIsAConflictAndAddsNoKey) {
  const auto alice = user("alice");
  EXPECT_OK(users().insert(alice, key("k1", alice.id, "2023-05-01")));
  const auto other = user("alice");
  EXPECT_EQ(code_of(users().insert(other, key("k2", other.id, "2023-05-02"))), ErrorCode::conflict);
  EXPECT_THAT(key_ids(), ElementsAre("k1"));
}

TEST_P(UserTableTest, AUserTakesItsKeysAlongAndLeavesItsData) {
  const auto alice = user("alice");
  const auto bob = user("bob");
  EXPECT_OK(users().insert(alice, key("k1", alice.id, "2023-05-01")));
  EXPECT_OK(users().insert_key(key("k2", alice.id, "2023-05-02")));
  EXPECT_OK(users().insert(bob, key("k3", bob.id, "2023-05-03")));
  const auto dataset = sample_dataset(alice.id);
  EXPECT_OK(store().datasets().insert(dataset));

  EXPECT_EQ(value_of(users().remove("alice")).id, alice.id);

  EXPECT_THAT(key_ids(), ElementsAre("k3"));
  EXPECT_EQ(value_of(users().find_key("k1")), std::nullopt);
  EXPECT_OK(store().datasets().get(alice.id, dataset.id));
  EXPECT_EQ(code_of(users().remove("alice")), ErrorCode::not_found);
}

TEST_P(UserTableTest, KeysComeOldestFirstAndGoOneByOne) {
  const auto alice = user("alice");
  EXPECT_OK(users().insert(alice, key("k1", alice.id, "2023-05-02")));
  EXPECT_OK(users().insert_key(key("k2", alice.id, "2023-05-01")));
  EXPECT_THAT(key_ids(), ElementsAre("k2", "k1"));
  EXPECT_EQ(value_of(users().remove_key("k2")).user_id, alice.id);
  EXPECT_THAT(key_ids(), ElementsAre("k1"));
  EXPECT_EQ(code_of(users().remove_key("k2")), ErrorCode::not_found);
}

TEST_P(UserTableTest, AdministratorsAreMadeAndUnmade) {
  auto alice = user("alice");
  alice.is_admin = true;
  const auto bob = user("bob");
  EXPECT_OK(users().insert(alice, key("k1", alice.id, "2023-05-01")));
  EXPECT_OK(users().insert(bob, key("k2", bob.id, "2023-05-01")));

  EXPECT_TRUE(value_of(users().is_admin(alice.id)));
  EXPECT_FALSE(value_of(users().is_admin(bob.id)));
  EXPECT_TRUE(value_of(users().set_admin("bob", true)).is_admin);
  EXPECT_TRUE(value_of(users().is_admin(bob.id)));
  EXPECT_OK(users().set_admin("alice", false));
  EXPECT_FALSE(value_of(users().is_admin(alice.id)));
  EXPECT_FALSE(value_of(users().list()).front().is_admin);
}

TEST_P(UserTableTest, NobodyElseIsAnAdministrator) {
  EXPECT_FALSE(value_of(users().is_admin(Uuid::random())));
  EXPECT_EQ(code_of(users().set_admin("nobody", true)), ErrorCode::not_found);
}

TEST_P(UserTableTest, AKeyNeedsItsUser) {
  EXPECT_EQ(code_of(users().insert_key(key("k1", Uuid::random(), "2023-05-01"))),
            ErrorCode::not_found);
}

TEST_P(UserTableTest, NamesThatCannotBeStoredAreRefused) {
  const auto nul = user(std::string("a\0b", 3));
  EXPECT_EQ(code_of(users().insert(nul, key("k1", nul.id, "2023-05-01"))),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(users().remove("\xff")), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(users().remove_key("\xff")), ErrorCode::invalid_argument);
}

ON_BOTH_DATABASES(UserTableTest);

}  // namespace
}  // namespace athanor::store
