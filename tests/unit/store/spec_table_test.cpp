#include "store_fixture.hpp"

namespace athanor::store {
namespace {

class SpecTableTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (!IsSkipped()) {
      EXPECT_OK(store().models().insert(model_));
    }
  }

  Status put(const std::string& action, const std::string& body) {
    return store().specs().put(OwnerKind::model, model_.id, action, body);
  }

  const Uuid user_ = Uuid::random();
  const ModelRecord model_ = sample_model(user_);
};

TEST_P(SpecTableTest, IsAbsentBeforeItIsSaved) {
  EXPECT_EQ(value_of(store().specs().get(model_.id, "train")), std::nullopt);
}

TEST_P(SpecTableTest, KeepsTheBodyVerbatim) {
  const std::string body = R"({ "b": 1.0,  "a": "é\u0000", "big": 9007199254740993 })";
  EXPECT_OK(put("train", body));
  EXPECT_EQ(value_of(store().specs().get(model_.id, "train")), body);
}

TEST_P(SpecTableTest, KeepsALongBody) {
  const std::string body = "{\"a\":\"" + std::string(3'000'000, 'x') + "\"}";
  EXPECT_OK(put("train", body));
  EXPECT_EQ(value_of(store().specs().get(model_.id, "train")), body);
}

TEST_P(SpecTableTest, ReplacesOneActionOnly) {
  EXPECT_OK(put("train", "{\"a\":1}"));
  EXPECT_OK(put("evaluate", "{\"a\":2}"));
  EXPECT_OK(put("train", "{\"a\":3}"));
  EXPECT_EQ(value_of(store().specs().get(model_.id, "train")), "{\"a\":3}");
  EXPECT_EQ(value_of(store().specs().get(model_.id, "evaluate")), "{\"a\":2}");
}

TEST_P(SpecTableTest, SavingMovesTheOwnersLastModified) {
  EXPECT_OK(put("train", "{}"));
  const auto owner = value_of(store().models().get(user_, model_.id, false));
  EXPECT_GT(owner.last_modified, model_.last_modified);
}

TEST_P(SpecTableTest, AnUnknownOwnerIsRefused) {
  const auto refused = store().specs().put(OwnerKind::dataset, model_.id, "train", "{}");
  EXPECT_EQ(code_of(refused), ErrorCode::not_found);
  EXPECT_EQ(value_of(store().specs().get(model_.id, "train")), std::nullopt);
}

ON_BOTH_DATABASES(SpecTableTest);

}  // namespace
}  // namespace athanor::store
