#include "athanor/store/named_folders.hpp"

#include <algorithm>

#include "store_fixture.hpp"
#include <gmock/gmock.h>

namespace athanor::store {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

class NamedFoldersTest : public StoreTest {
 protected:
  std::vector<std::string> names() {
    auto folders = NamedFolders::open(url()).value();
    std::vector<std::string> found;
    for (auto name = value_of(folders.next()); name; name = value_of(folders.next())) {
      found.push_back(*name);
    }
    return found;
  }

  const Uuid user_ = Uuid::random();
};

TEST_P(NamedFoldersTest, OfAnEmptyDatabaseAreNone) {
  EXPECT_THAT(names(), IsEmpty());
}

TEST_P(NamedFoldersTest, AreThoseOfDatasetsWithDataOfJobsAndOfPretrainedModelsInOrder) {
  std::vector<std::string> expected;
  DatasetRecord dataset;
  for (int i = 0; i < 3; ++i) {
    dataset = sample_dataset(user_);
    dataset.data_folder = "datasets/" + dataset.id.to_string() + "/data-1";
    expected.push_back(dataset.data_folder);
    EXPECT_OK(store().datasets().insert(dataset));
  }
  auto empty = sample_dataset(user_);
  empty.data_folder = "";
  EXPECT_OK(store().datasets().insert(empty));
  // More than one page of them.
  std::vector<JobRecord> jobs;
  for (int i = 0; i < 1500; ++i) {
    jobs.push_back(sample_job(user_, OwnerKind::dataset, dataset.id));
    expected.push_back("jobs/" + jobs.back().id.to_string());
  }
  EXPECT_OK(store().jobs().insert(jobs));
  auto pretrained = sample_model(Uuid{});
  pretrained.weights = Json{{"backbone", "resnet18"}};
  EXPECT_OK(store().models().insert_pretrained(pretrained));
  expected.push_back("pretrained/" + pretrained.id.to_string());
  EXPECT_OK(store().models().insert(sample_model(user_)));
  std::ranges::sort(expected);

  EXPECT_THAT(names(), ElementsAreArray(expected));
}

ON_BOTH_DATABASES(NamedFoldersTest);

}  // namespace
}  // namespace athanor::store
