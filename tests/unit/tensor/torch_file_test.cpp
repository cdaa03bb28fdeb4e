#include "athanor/tensor/torch_file.hpp"

#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::tensor {

namespace {

using ::testing::HasSubstr;

/// Made by Python's torch.save(), see make.py there.
std::filesystem::path golden(const std::string& name) {
  return testing::source_folder() / "tests/golden/torch_files" / name;
}

std::string refusal_of(const std::filesystem::path& path) {
  const auto tensors = read_torch_file(path);
  return tensors ? "accepted" : tensors.error().message;
}

void expect_linear(const std::string& name) {
  const auto tensors = read_torch_file(golden(name));
  ASSERT_TRUE(tensors) << name << ": " << tensors.error().message;
  ASSERT_EQ(tensors->size(), 2U);
  const auto* weight = find_tensor(*tensors, "weight");
  const auto* bias = find_tensor(*tensors, "bias");
  ASSERT_NE(weight, nullptr);
  ASSERT_NE(bias, nullptr);
  EXPECT_TRUE(weight->equal(torch::arange(6, torch::kFloat32).view({2, 3})));
  EXPECT_TRUE(bias->equal(torch::arange(2, torch::kFloat32) + 10));
}

TEST(TorchFile, ReadsAStateDictOfBothFormats) {
  expect_linear("linear.pth");
  expect_linear("linear_legacy.pth");
}

TEST(TorchFile, ReadsParametersInAPlainDictionary) {
  expect_linear("parameters.pth");
}

TEST(TorchFile, ReadsAnIntegerOfNoDimensions) {
  const auto tensors = read_torch_file(golden("norm.pth")).value();
  const auto* counter = find_tensor(tensors, "num_batches_tracked");
  ASSERT_NE(counter, nullptr);
  EXPECT_EQ(counter->dim(), 0);
  EXPECT_EQ(counter->scalar_type(), torch::kInt64);
}

TEST(TorchFile, ReadsEveryTypeAndWidensHalves) {
  const auto tensors = read_torch_file(golden("types.pth")).value();
  ASSERT_EQ(tensors.size(), 8U);
  for (const auto& [name, value] : tensors) {
    const auto expected = torch::arange(3, torch::kFloat32).to(value.scalar_type());
    EXPECT_TRUE(value.equal(expected)) << name;
  }
  EXPECT_EQ(find_tensor(tensors, "float16")->scalar_type(), torch::kFloat32);
  EXPECT_EQ(find_tensor(tensors, "bfloat16")->scalar_type(), torch::kFloat32);
  EXPECT_EQ(find_tensor(tensors, "float64")->scalar_type(), torch::kFloat64);
}

TEST(TorchFile, MakesViewsIntoOneStorageDense) {
  const auto tensors = read_torch_file(golden("views.pth")).value();
  const auto base = torch::arange(12, torch::kFloat32).view({4, 3});
  EXPECT_TRUE(find_tensor(tensors, "whole")->equal(base));
  EXPECT_TRUE(find_tensor(tensors, "row")->equal(base[2]));
  const auto* transposed = find_tensor(tensors, "transposed");
  EXPECT_TRUE(transposed->equal(base.t()));
  EXPECT_TRUE(transposed->is_contiguous());
  EXPECT_EQ(find_tensor(tensors, "empty")->sizes(), (std::vector<std::int64_t>{0, 3}));
}

TEST(TorchFile, RefusesWholeModelsCheckpointsAndScripts) {
  EXPECT_THAT(refusal_of(golden("module.pth")), HasSubstr("save model.state_dict() alone"));
  EXPECT_THAT(refusal_of(golden("checkpoint.pth")), HasSubstr("epoch is no tensor"));
  EXPECT_THAT(refusal_of(golden("script.pth")), HasSubstr("save model.state_dict() alone"));
  EXPECT_THAT(refusal_of(golden("number.pth")), HasSubstr("save model.state_dict()"));
}

TEST(TorchFile, RefusesToRunACommandAndSaysWhich) {
  EXPECT_THAT(refusal_of(golden("hostile.pth")), HasSubstr("system"));
}

TEST(TorchFile, RefusesMoreNumbersThanTheFileHas) {
  EXPECT_THAT(refusal_of(golden("repeated.pth")), HasSubstr("reaches out of its storage"));
}

TEST(TorchFile, NamesTheStorageThatIsMissing) {
  EXPECT_THAT(refusal_of(golden("lacks_storage.pth")), HasSubstr("it lacks linear/data/1"));
}

TEST(TorchFile, RefusesFilesThatAreCutAnywhere) {
  const testing::TempDir folder;
  for (const char* name : {"linear.pth", "linear_legacy.pth"}) {
    const auto whole = read_file(golden(name)).value();
    for (std::size_t length = 0; length < whole.size(); length += 7) {
      const auto cut = folder.path() / "cut.pth";
      ASSERT_TRUE(write_file_atomic(cut, whole.substr(0, length)));
      EXPECT_FALSE(read_torch_file(cut)) << name << " after " << length << " bytes";
    }
  }
}

TEST(TorchFile, RefusesAWrongChecksum) {
  const testing::TempDir folder;
  auto content = read_file(golden("linear.pth")).value();
  const std::string weight("\0\0\0\0\0\0\x80\x3f\0\0\0\x40", 12);  // 0, 1, 2
  const auto place = content.find(weight);
  ASSERT_NE(place, std::string::npos);
  content[place] = 1;
  const auto changed = folder.path() / "changed.pth";
  ASSERT_TRUE(write_file_atomic(changed, content));
  EXPECT_THAT(refusal_of(changed), HasSubstr("checksum"));
}

TEST(TorchFile, KnowsItsOwnFromOthers) {
  EXPECT_TRUE(is_torch_file(golden("linear.pth")).value());
  EXPECT_TRUE(is_torch_file(golden("linear_legacy.pth")).value());
  EXPECT_FALSE(is_torch_file(golden("make.py")).value());
  EXPECT_EQ(is_torch_file(golden("none.pth")).error().code, ErrorCode::not_found);
}

}  // namespace

}  // namespace athanor::tensor
