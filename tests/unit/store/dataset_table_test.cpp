#include <array>

#include "store_fixture.hpp"
#include <gmock/gmock.h>

namespace athanor::store {
namespace {

class DatasetTableTest : public StoreTest {
 protected:
  DatasetRecord insert(const std::function<void(DatasetRecord&)>& adjust = nullptr) {
    DatasetRecord record = sample_dataset(user_);
    if (adjust) {
      adjust(record);
    }
    EXPECT_OK(store().datasets().insert(record));
    return record;
  }

  std::vector<std::string> listed_names(const ListQuery& query) {
    std::vector<std::string> names;
    for (const auto& record : value_of(store().datasets().list(user_, query)).records) {
      names.push_back(record.name);
    }
    return names;
  }

  const Uuid user_ = Uuid::random();
};

using Names = std::vector<std::string>;

TEST_P(DatasetTableTest, KeepsEveryField) {
  const auto inserted = insert([](DatasetRecord& record) {
    record.name = "Kleider – 服";
    record.description = "it's \"quoted\"; DROP TABLE datasets";
    record.data_folder = "data-1";
  });
  const auto read = value_of(store().datasets().get(user_, inserted.id));
  EXPECT_EQ(read.id, inserted.id);
  EXPECT_EQ(read.user_id, user_);
  EXPECT_EQ(read.created_on, inserted.created_on);
  EXPECT_EQ(read.last_modified, inserted.last_modified);
  EXPECT_EQ(read.name, inserted.name);
  EXPECT_EQ(read.description, inserted.description);
  EXPECT_EQ(read.version, inserted.version);
  EXPECT_EQ(read.logo, inserted.logo);
  EXPECT_EQ(read.type, inserted.type);
  EXPECT_EQ(read.format, inserted.format);
  EXPECT_EQ(read.data_folder, inserted.data_folder);
}

TEST_P(DatasetTableTest, HidesRowsOfOtherUsers) {
  const auto inserted = insert();
  const Uuid stranger = Uuid::random();
  EXPECT_EQ(code_of(store().datasets().get(stranger, inserted.id)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().datasets().remove(stranger, inserted.id)), ErrorCode::not_found);
  EXPECT_EQ(value_of(store().datasets().list(stranger, {})).total, 0U);
}

TEST_P(DatasetTableTest, UpdateWritesAndMovesLastModified) {
  const auto inserted = insert();
  const auto updated =
      value_of(store().datasets().update(user_, inserted.id, [](DatasetRecord& record) {
        record.name = "Shoes";
        return Status();
      }));
  EXPECT_EQ(updated.name, "Shoes");
  EXPECT_GT(updated.last_modified, inserted.last_modified);
  const auto read = value_of(store().datasets().get(user_, inserted.id));
  EXPECT_EQ(read.name, "Shoes");
  EXPECT_EQ(read.last_modified, updated.last_modified);
  EXPECT_EQ(read.created_on, inserted.created_on);
}

TEST_P(DatasetTableTest, RefusedUpdateChangesNothing) {
  const auto inserted = insert();
  const auto refused =
      store().datasets().update(user_, inserted.id, [](DatasetRecord& record) -> Status {
        record.name = "Shoes";
        return fail(ErrorCode::invalid_argument, "type cannot change");
      });
  EXPECT_EQ(refused.error().message, "type cannot change");
  const auto read = value_of(store().datasets().get(user_, inserted.id));
  EXPECT_EQ(read.name, inserted.name);
  EXPECT_EQ(read.last_modified, inserted.last_modified);
}

TEST_P(DatasetTableTest, RemoveTakesSpecsAndJobsAlong) {
  const auto inserted = insert();
  auto job = sample_job(user_, OwnerKind::dataset, inserted.id);
  job.state = JobState::done;
  EXPECT_OK(store().jobs().insert(std::array{job}));
  EXPECT_OK(store().specs().put(OwnerKind::dataset, inserted.id, "convert", "{}"));
  EXPECT_EQ(value_of(store().datasets().remove(user_, inserted.id)).name, inserted.name);
  EXPECT_EQ(code_of(store().datasets().get(user_, inserted.id)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().jobs().find(job.id)), ErrorCode::not_found);
  EXPECT_EQ(value_of(store().specs().get(inserted.id, "convert")), std::nullopt);
}

TEST_P(DatasetTableTest, RemoveOfALinkedDatasetNamesTheModel) {
  const auto inserted = insert();
  auto model = sample_model(user_);
  model.eval_dataset = inserted.id;
  EXPECT_OK(store().models().insert(model));
  const auto refused = store().datasets().remove(user_, inserted.id);
  EXPECT_EQ(code_of(refused), ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find("Tailor"), std::string::npos);
  EXPECT_OK(store().datasets().get(user_, inserted.id));
}

TEST_P(DatasetTableTest, ListIsNewestModificationFirst) {
  for (const auto* name : {"b", "a", "c"}) {
    insert([&](DatasetRecord& record) {
      record.name = name;
      record.last_modified = std::string("2023-05-01T12:00:00.00000") + name;
    });
  }
  EXPECT_EQ(listed_names({}), (Names{"c", "b", "a"}));
  EXPECT_EQ(listed_names({.sort = ListQuery::Sort::date_ascending}), (Names{"a", "b", "c"}));
}

TEST_P(DatasetTableTest, NameSortComparesBytesOfNameColonVersion) {
  for (const auto* name : {"a b", "B", "a", "ä", "a-b"}) {
    insert([&](DatasetRecord& record) { record.name = name; });
  }
  // ' ' < '-' < ':' and upper case before lower case before what is beyond ASCII.
  EXPECT_EQ(listed_names({.sort = ListQuery::Sort::name_ascending}),
            (Names{"B", "a b", "a-b", "a", "ä"}));
  EXPECT_EQ(listed_names({.sort = ListQuery::Sort::name_descending}),
            (Names{"ä", "a", "a-b", "a b", "B"}));
}

TEST_P(DatasetTableTest, FiltersThenCountsThenPages) {
  for (int i = 0; i < 5; ++i) {
    insert([&](DatasetRecord& record) {
      record.version = std::to_string(i);
      record.name = i == 4 ? "Other" : "Clothes";
      record.type = i == 0 ? "object_detection" : "image_classification";
    });
  }
  const ListQuery query{.name = "Clothes",
                        .type = "image_classification",
                        .sort = ListQuery::Sort::name_ascending,
                        .skip = 1,
                        .size = 1};
  const auto page = value_of(store().datasets().list(user_, query));
  EXPECT_EQ(page.total, 3U);
  ASSERT_EQ(page.records.size(), 1U);
  EXPECT_EQ(page.records.front().version, "2");
}

TEST_P(DatasetTableTest, ExtremePagesAreEmptyWithTheTotal) {
  insert();
  const auto none = value_of(store().datasets().list(user_, {.size = 0}));
  EXPECT_EQ(none.total, 1U);
  EXPECT_TRUE(none.records.empty());
  const auto beyond =
      value_of(store().datasets().list(user_, {.skip = UINT64_MAX, .size = UINT64_MAX}));
  EXPECT_EQ(beyond.total, 1U);
  EXPECT_TRUE(beyond.records.empty());
}

TEST_P(DatasetTableTest, EqualKeysKeepOneOrderAcrossPages) {
  for (int i = 0; i < 6; ++i) {
    insert();
  }
  const auto all = value_of(store().datasets().list(user_, {})).records;
  for (std::uint64_t i = 0; i < all.size(); ++i) {
    const auto page = value_of(store().datasets().list(user_, {.skip = i, .size = 1}));
    EXPECT_EQ(page.records.at(0).id, all[i].id);
  }
}

TEST_P(DatasetTableTest, DataFoldersAreThoseOfAllUsers) {
  insert([](DatasetRecord& record) { record.data_folder = "datasets/1/data-1"; });
  insert([](DatasetRecord& record) {
    record.user_id = Uuid::random();
    record.data_folder = "datasets/2/data-2";
  });
  insert();
  EXPECT_THAT(value_of(store().datasets().data_folders()),
              ::testing::UnorderedElementsAre("datasets/1/data-1", "datasets/2/data-2"));
}

TEST_P(DatasetTableTest, OtherDataNoteTheFormerFolderAsRemoved) {
  const auto dataset = insert([](DatasetRecord& record) { record.data_folder = "data-1"; });
  const auto point_to = [&](const std::string& folder) {
    return store().datasets().update(user_, dataset.id, [&](DatasetRecord& record) -> Status {
      record.data_folder = folder;
      return {};
    });
  };

  EXPECT_OK(point_to("data-1"));
  EXPECT_TRUE(value_of(store().removed_folders().list()).empty());
  EXPECT_OK(point_to("data-2"));

  EXPECT_EQ(value_of(store().removed_folders().list()), Names{"data-1"});
}

TEST_P(DatasetTableTest, RemovingADatasetNotesItsFolder) {
  const auto dataset = insert();

  EXPECT_OK(store().datasets().remove(user_, dataset.id));

  EXPECT_EQ(value_of(store().removed_folders().list()),
            Names{"datasets/" + dataset.id.to_string()});
}

TEST_P(DatasetTableTest, RefusesNulCharactersByField) {
  auto record = sample_dataset(user_);
  record.description = std::string("a\0b", 3);
  const auto refused = store().datasets().insert(record);
  EXPECT_EQ(code_of(refused), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().message.find("description"), std::string::npos);
}

TEST_P(DatasetTableTest, RefusesTextThatIsNotUtf8) {
  auto record = sample_dataset(user_);
  record.name = "caf\xe9";
  EXPECT_EQ(code_of(store().datasets().insert(record)), ErrorCode::invalid_argument);
}

TEST_P(DatasetTableTest, ANameTooLongForAnIndexIsNoFaultOfTheDatabase) {
  auto record = sample_dataset(user_);
  for (int i = 0; i < 500; ++i) {  // Of random digits, which hardly shrink.
    record.name += Uuid::random().to_string();
  }
  const auto inserted = store().datasets().insert(record);
  if (GetParam() == Backend::sqlite) {
    EXPECT_OK(inserted);
  } else {
    EXPECT_EQ(code_of(inserted), ErrorCode::invalid_argument);
  }
}

TEST_P(DatasetTableTest, FiltersByTextThatNoRowCanHoldFindNothing) {
  insert([](DatasetRecord& record) { record.name = "a"; });
  for (const auto& name : {std::string("a\0b", 3), std::string("caf\xe9")}) {
    EXPECT_EQ(value_of(store().datasets().list(user_, {.name = name})).total, 0U);
  }
}

TEST_P(DatasetTableTest, ErrorTextLeaksNoBoundValue) {
  auto record = insert();
  record.description = "my-secret-token";
  const auto twice = store().datasets().insert(record);
  EXPECT_EQ(code_of(twice), ErrorCode::io);
  EXPECT_EQ(twice.error().message.find("secret"), std::string::npos) << twice.error().message;
  EXPECT_EQ(twice.error().message.find("INSERT"), std::string::npos) << twice.error().message;
  EXPECT_OK(store().datasets().get(user_, record.id));
}

ON_BOTH_DATABASES(DatasetTableTest);

}  // namespace
}  // namespace athanor::store
