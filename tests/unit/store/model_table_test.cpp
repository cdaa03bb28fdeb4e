#include <array>
#include <thread>

#include "store_fixture.hpp"
#include <gmock/gmock.h>

namespace athanor::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelTableTest : public StoreTest {
 protected:
  ModelRecord insert(const std::function<void(ModelRecord&)>& adjust = nullptr) {
    ModelRecord record = sample_model(user_);
    if (adjust) {
      adjust(record);
    }
    EXPECT_OK(store().models().insert(record));
    return record;
  }

  Uuid insert_dataset() {
    const auto record = sample_dataset(user_);
    EXPECT_OK(store().datasets().insert(record));
    return record.id;
  }

  std::string refusal_to_remove(const ModelRecord& record) {
    const auto removed = store().models().remove(user_, record.id);
    return removed ? "removed" : removed.error().message;
  }

  const Uuid user_ = Uuid::random();
};

TEST_P(ModelTableTest, KeepsEveryField) {
  const auto ptm = insert();
  const auto train_a = insert_dataset();
  const auto train_b = insert_dataset();
  const auto inserted = insert([&](ModelRecord& record) {
    record.ngc_path = "nvidia/tao/pretrained_classification:resnet18";
    record.additional_id_info = "rank 0";
    record.read_only = true;
    record.is_public = true;
    record.ptm = ptm.id;
    record.train_datasets = {train_b, train_a};
    record.eval_dataset = train_a;
    record.inference_dataset = train_b;
    record.calibration_dataset = insert_dataset();
    record.automl = Json{{"metric", "kpi"}, {"automl_R", 9007199254740993}, {"nan", nullptr}};
  });
  const auto read = value_of(store().models().get(user_, inserted.id, false));
  EXPECT_EQ(read.id, inserted.id);
  EXPECT_EQ(read.user_id, user_);
  EXPECT_EQ(read.created_on, inserted.created_on);
  EXPECT_EQ(read.last_modified, inserted.last_modified);
  EXPECT_EQ(read.name, inserted.name);
  EXPECT_EQ(read.description, inserted.description);
  EXPECT_EQ(read.version, inserted.version);
  EXPECT_EQ(read.logo, inserted.logo);
  EXPECT_EQ(read.ngc_path, inserted.ngc_path);
  EXPECT_EQ(read.additional_id_info, inserted.additional_id_info);
  EXPECT_EQ(read.encryption_key, inserted.encryption_key);
  EXPECT_EQ(read.network_arch, inserted.network_arch);
  EXPECT_TRUE(read.read_only);
  EXPECT_TRUE(read.is_public);
  EXPECT_EQ(read.ptm, ptm.id);
  EXPECT_THAT(read.train_datasets, ElementsAre(train_b, train_a));
  EXPECT_EQ(read.eval_dataset, inserted.eval_dataset);
  EXPECT_EQ(read.inference_dataset, inserted.inference_dataset);
  EXPECT_EQ(read.calibration_dataset, inserted.calibration_dataset);
  EXPECT_EQ(to_text(read.automl), to_text(inserted.automl));
}

TEST_P(ModelTableTest, KeepsAbsenceApartFromEmptyText) {
  const auto inserted = insert([](ModelRecord& record) {
    record.logo = std::nullopt;
    record.additional_id_info = "";
    record.encryption_key = std::nullopt;
  });
  const auto read = value_of(store().models().get(user_, inserted.id, false));
  EXPECT_EQ(read.logo, std::nullopt);
  EXPECT_EQ(read.additional_id_info, "");
  EXPECT_EQ(read.encryption_key, std::nullopt);
  EXPECT_EQ(read.ptm, std::nullopt);
  EXPECT_EQ(read.eval_dataset, std::nullopt);
}

TEST_P(ModelTableTest, PublicModelsOfOthersAreReadableOnRequest) {
  const auto shared = insert([](ModelRecord& record) { record.is_public = true; });
  const auto own = insert();
  const Uuid stranger = Uuid::random();
  EXPECT_OK(store().models().get(stranger, shared.id, true));
  EXPECT_EQ(code_of(store().models().get(stranger, shared.id, false)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().models().get(stranger, own.id, true)), ErrorCode::not_found);
  EXPECT_EQ(value_of(store().models().list(stranger, {})).total, 1U);
}

TEST_P(ModelTableTest, OthersNeverChangePublicModels) {
  const auto shared = insert([](ModelRecord& record) { record.is_public = true; });
  const Uuid stranger = Uuid::random();
  const auto nothing = [](ModelRecord&) { return Status(); };
  EXPECT_EQ(code_of(store().models().update(stranger, shared.id, nothing)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().models().remove(stranger, shared.id)), ErrorCode::not_found);
}

TEST_P(ModelTableTest, LinksToUnknownDatasetsAreRefusedByField) {
  auto record = sample_model(user_);
  record.train_datasets = {insert_dataset(), Uuid::random()};
  const auto train = store().models().insert(record);
  EXPECT_EQ(code_of(train), ErrorCode::invalid_argument);
  EXPECT_THAT(train.error().message, HasSubstr("train_datasets"));
  record.train_datasets.clear();
  record.calibration_dataset = Uuid::random();
  EXPECT_THAT(store().models().insert(record).error().message, HasSubstr("calibration_dataset"));
  record.calibration_dataset = std::nullopt;
  record.ptm = Uuid::random();
  EXPECT_THAT(store().models().insert(record).error().message, HasSubstr("ptm"));
  EXPECT_EQ(value_of(store().models().list(user_, {})).total, 0U);
}

TEST_P(ModelTableTest, UpdateReplacesLinks) {
  const auto first = insert_dataset();
  const auto second = insert_dataset();
  const auto inserted = insert([&](ModelRecord& record) {
    record.train_datasets = {first};
    record.eval_dataset = first;
  });
  EXPECT_OK(store().models().update(user_, inserted.id, [&](ModelRecord& record) {
    record.train_datasets = {second, second};
    record.eval_dataset = std::nullopt;
    return Status();
  }));
  const auto read = value_of(store().models().get(user_, inserted.id, false));
  EXPECT_THAT(read.train_datasets, ElementsAre(second, second));
  EXPECT_EQ(read.eval_dataset, std::nullopt);
  EXPECT_OK(store().datasets().remove(user_, first));
}

TEST_P(ModelTableTest, ConcurrentUpdatesLoseNothing) {
  const auto inserted = insert([](ModelRecord& record) { record.description = ""; });
  const auto append = [&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_OK(store().models().update(user_, inserted.id, [](ModelRecord& record) {
        record.description += "x";
        return Status();
      }));
    }
  };
  std::thread other(append);
  append();
  other.join();
  EXPECT_EQ(value_of(store().models().get(user_, inserted.id, false)).description.size(), 40U);
}

TEST_P(ModelTableTest, RemoveTellsWhatForbidsIt) {
  const auto ptm = insert([](ModelRecord& record) {
    record.is_public = true;
    record.read_only = true;
  });
  const auto user = insert([&](ModelRecord& record) { record.ptm = ptm.id; });
  EXPECT_THAT(refusal_to_remove(ptm), HasSubstr("ptm"));
  EXPECT_EQ(refusal_to_remove(user), "removed");
  EXPECT_THAT(refusal_to_remove(ptm), HasSubstr("public"));
  EXPECT_OK(store().models().update(user_, ptm.id, [](ModelRecord& record) {
    record.is_public = false;
    return Status();
  }));
  EXPECT_THAT(refusal_to_remove(ptm), HasSubstr("read_only"));
}

TEST_P(ModelTableTest, AModelThatStartsFromItselfCanBeRemoved) {
  const auto inserted = insert();
  EXPECT_OK(store().models().update(user_, inserted.id, [&](ModelRecord& record) {
    record.ptm = inserted.id;
    return Status();
  }));

  EXPECT_OK(store().models().check_removable(user_, inserted.id));
  EXPECT_EQ(refusal_to_remove(inserted), "removed");
}

TEST_P(ModelTableTest, RemoveTakesLinksSpecsAndJobsAlong) {
  const auto dataset = insert_dataset();
  const auto inserted = insert([&](ModelRecord& record) { record.train_datasets = {dataset}; });
  auto job = sample_job(user_, OwnerKind::model, inserted.id);
  job.state = JobState::done;
  EXPECT_OK(store().jobs().insert(std::array{job}));
  EXPECT_OK(store().specs().put(OwnerKind::model, inserted.id, "train", "{}"));
  EXPECT_EQ(refusal_to_remove(inserted), "removed");
  EXPECT_EQ(code_of(store().jobs().find(job.id)), ErrorCode::not_found);
  EXPECT_EQ(value_of(store().specs().get(inserted.id, "train")), std::nullopt);
  EXPECT_OK(store().datasets().remove(user_, dataset));
}

TEST_P(ModelTableTest, ListFiltersByArchAndReadOnly) {
  insert([](ModelRecord& record) { record.network_arch = "unet"; });
  insert([](ModelRecord& record) { record.read_only = true; });
  insert();
  EXPECT_EQ(value_of(store().models().list(user_, {.arch = "unet"})).total, 1U);
  EXPECT_EQ(value_of(store().models().list(user_, {.read_only = true})).total, 1U);
  EXPECT_EQ(value_of(store().models().list(user_, {.read_only = false})).total, 2U);
}

TEST_P(ModelTableTest, ListNeitherShowsNorCountsWhatIsLeftOut) {
  const auto first = insert();
  const auto kept = insert();
  const auto second = insert();

  const auto page = value_of(store().models().list(user_, {.left_out = {first.id, second.id}}));

  EXPECT_EQ(page.total, 1U);
  ASSERT_EQ(page.records.size(), 1U);
  EXPECT_EQ(page.records.front().id, kept.id);
}

TEST_P(ModelTableTest, ListKeepsEachModelsLinks) {
  const auto first = insert_dataset();
  const auto second = insert_dataset();
  insert([&](ModelRecord& record) {
    record.name = "a";
    record.train_datasets = {first};
  });
  insert([&](ModelRecord& record) {
    record.name = "b";
    record.train_datasets = {second, first};
  });
  const auto page =
      value_of(store().models().list(user_, {.sort = ListQuery::Sort::name_ascending}));
  ASSERT_EQ(page.records.size(), 2U);
  EXPECT_THAT(page.records[0].train_datasets, ElementsAre(first));
  EXPECT_THAT(page.records[1].train_datasets, ElementsAre(second, first));
}

/// A record as the server makes it of weights.
ModelRecord sample_pretrained(const std::string& name) {
  auto record = sample_model(Uuid{});
  record.name = name;
  record.encryption_key = std::nullopt;
  record.is_public = true;
  record.read_only = true;
  record.weights = {{"backbone", "resnet18"}, {"properties", {{"arch", "resnet"}}}};
  return record;
}

TEST_P(ModelTableTest, PretrainedModelsKeepWhatTheirWeightsAre) {
  const auto record = sample_pretrained("b");
  EXPECT_OK(store().models().insert_pretrained(sample_pretrained("c")));
  EXPECT_OK(store().models().insert_pretrained(record));
  insert();

  const auto all = value_of(store().models().pretrained());

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "b");
  EXPECT_EQ(all[0].weights, record.weights);
  EXPECT_EQ(value_of(store().models().get(user_, record.id, true)).weights, record.weights);
  EXPECT_TRUE(value_of(store().models().get(user_, insert().id, true)).weights.is_null());
}

TEST_P(ModelTableTest, ANetworkHasOnePretrainedModelOfAName) {
  EXPECT_OK(store().models().insert_pretrained(sample_pretrained("a")));
  EXPECT_EQ(code_of(store().models().insert_pretrained(sample_pretrained("a"))),
            ErrorCode::conflict);
  auto other = sample_pretrained("a");
  other.network_arch = "ssd";
  EXPECT_OK(store().models().insert_pretrained(other));
  insert([](ModelRecord& record) { record.name = "a"; });
}

TEST_P(ModelTableTest, APretrainedModelGoesWithItsFolder) {
  const auto record = sample_pretrained("a");
  EXPECT_OK(store().models().insert_pretrained(record));

  EXPECT_EQ(value_of(store().models().remove_pretrained(record.id)).name, "a");

  EXPECT_THAT(value_of(store().removed_folders().list()),
              ElementsAre("pretrained/" + record.id.to_string()));
  EXPECT_EQ(code_of(store().models().remove_pretrained(record.id)), ErrorCode::not_found);
}

TEST_P(ModelTableTest, APretrainedModelStaysWhileModelsUseIt) {
  const auto record = sample_pretrained("a");
  EXPECT_OK(store().models().insert_pretrained(record));
  const auto use = [&](ModelRecord& model) { model.ptm = record.id; };
  const auto first = insert(use);
  const auto second = insert(use);

  const auto refused = store().models().remove_pretrained(record.id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("in use as ptm of 2 models"));

  EXPECT_OK(store().models().remove(user_, first.id));
  EXPECT_THAT(store().models().remove_pretrained(record.id).error().message,
              HasSubstr("another model"));
  EXPECT_OK(store().models().remove(user_, second.id));
  EXPECT_OK(store().models().remove_pretrained(record.id));
}

TEST_P(ModelTableTest, OnlyWhatHasWeightsIsRemovedAsPretrained) {
  EXPECT_EQ(code_of(store().models().remove_pretrained(insert().id)), ErrorCode::not_found);
}

ON_BOTH_DATABASES(ModelTableTest);

}  // namespace
}  // namespace athanor::store
