#include "athanor/tensor/safetensors.hpp"

#include <filesystem>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::tensor {

namespace {

using ::testing::HasSubstr;

/// One F16 tensor [1.0, -2.5] as the format's specification lays it out.
std::string half_precision_file() {
  std::string header = R"({"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})";
  std::string bytes(1, static_cast<char>(header.size()));
  bytes += std::string(7, '\0') + header;
  return bytes + std::string("\x00\x3c\x00\xc1", 4);
}

TEST(Safetensors, ReadsWhatItWrites) {
  const testing::TempDir folder;
  const auto path = folder.path() / "weights.safetensors";
  TensorFile file;
  file.metadata = {{"epoch", "3"}};
  for (const auto type : {torch::kFloat32,
                          torch::kFloat64,
                          torch::kInt64,
                          torch::kInt32,
                          torch::kUInt8,
                          torch::kBool}) {
    file.tensors.push_back(
        {std::string(c10::toString(type)), torch::arange(6).view({2, 3}).to(type)});
  }
  file.tensors.push_back({"scalar", torch::tensor(7)});
  file.tensors.push_back({"empty", torch::empty({0, 3})});

  ASSERT_TRUE(write_safetensors(path, file));
  const auto read = read_safetensors(path);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->metadata, file.metadata);
  ASSERT_EQ(read->tensors.size(), file.tensors.size());
  for (const auto& [name, value] : file.tensors) {
    const auto* copy = find_tensor(read->tensors, name);
    ASSERT_NE(copy, nullptr) << name;
    EXPECT_EQ(copy->scalar_type(), value.scalar_type()) << name;
    EXPECT_TRUE(copy->equal(value)) << name;
  }
}

TEST(Safetensors, ReadsWhatItEncrypts) {
  const testing::TempDir folder;
  const auto path = folder.path() / "weights.safetensors";
  const crypto::Passphrase key(Secret(std::string("key")));
  TensorFile file;
  file.metadata = {{"epoch", "3"}};
  // Some end within a chunk of the encryption, some span several.
  for (const std::int64_t size : {3, 50'000, 0, 16'384, 1}) {
    file.tensors.push_back({std::to_string(size), torch::arange(size, torch::kFloat32)});
  }

  ASSERT_TRUE(write_safetensors(path, file, key));
  const auto read = read_safetensors(path, key);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->metadata, file.metadata);
  ASSERT_EQ(read->tensors.size(), file.tensors.size());
  for (const auto& [name, value] : file.tensors) {
    EXPECT_TRUE(find_tensor(read->tensors, name)->equal(value)) << name;
  }
}

TEST(Safetensors, NamesTheFileThatAKeyDoesNotOpen) {
  const testing::TempDir folder;
  const auto path = folder.path() / "weights.safetensors";
  ASSERT_TRUE(write_safetensors(path, {{{"a", torch::ones(1)}}, {}}, {}));

  const auto read = read_safetensors(path, crypto::Passphrase(Secret(std::string("wrong"))));

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "weights.safetensors: wrong encryption key");
}

TEST(Safetensors, OfAJobMayNotLieInTheClear) {
  const testing::TempDir folder;
  const auto path = folder.path() / "weights.safetensors";
  ASSERT_TRUE(write_safetensors(path, {{{"a", torch::ones(1)}}, {}}));

  EXPECT_THAT(read_safetensors(path, {}).error().message, HasSubstr("is not encrypted"));
}

TEST(Safetensors, WidensHalfPrecision) {
  const testing::TempDir folder;
  const auto path = folder.path() / "half.safetensors";
  ASSERT_TRUE(write_file_atomic(path, half_precision_file()));

  const auto read = read_safetensors(path);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->tensors.at(0).value.equal(torch::tensor({1.0F, -2.5F})));
}

TEST(Safetensors, StoresTransposedTensorsByValue) {
  const testing::TempDir folder;
  const auto path = folder.path() / "transposed.safetensors";
  const auto transposed = torch::arange(6, torch::kFloat32).view({2, 3}).t();

  ASSERT_TRUE(write_safetensors(path, {{{"t", transposed}}, {}}));

  EXPECT_TRUE(read_safetensors(path)->tensors.at(0).value.equal(transposed));
}

TEST(Safetensors, RefusesEveryTruncationOfAFile) {
  const testing::TempDir folder;
  const auto path = folder.path() / "cut.safetensors";
  const auto whole = half_precision_file();

  for (std::size_t length = 0; length < whole.size(); ++length) {
    ASSERT_TRUE(write_file_atomic(path, std::string_view(whole).substr(0, length)));
    const auto read = read_safetensors(path);
    ASSERT_FALSE(read) << length;
    EXPECT_THAT(read.error().message, HasSubstr("cut.safetensors: no valid safetensors file"));
  }
}

TEST(Safetensors, NamesAMissingFile) {
  const testing::TempDir folder;

  const auto read = read_safetensors(folder.path() / "none.safetensors");

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::not_found);
  EXPECT_THAT(read.error().message, HasSubstr("none.safetensors"));
}

TEST(Safetensors, RefusesFoldersAsFiles) {
  const testing::TempDir folder;

  EXPECT_FALSE(read_safetensors(folder.path()));
}

TEST(Safetensors, RefusesTwoTensorsOfOneName) {
  const testing::TempDir folder;
  const auto path = folder.path() / "twice.safetensors";

  const auto written =
      write_safetensors(path, {{{"a", torch::ones(1)}, {"a", torch::ones(1)}}, {}});

  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("\"a\""));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Safetensors, RefusesTypesThatTheFormatLacks) {
  const testing::TempDir folder;

  const auto written = write_safetensors(folder.path() / "complex.safetensors",
                                         {{{"c", torch::zeros({1}, torch::kComplexFloat)}}, {}});

  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("\"c\""));
}

TEST(Safetensors, LeavesNothingBesideTheFile) {
  const testing::TempDir folder;

  ASSERT_TRUE(write_safetensors(folder.path() / "w.safetensors", {{{"a", torch::ones(1)}}, {}}));
  ASSERT_TRUE(write_safetensors(folder.path() / "w.safetensors", {{{"a", torch::zeros(1)}}, {}}));

  const std::filesystem::directory_iterator entries(folder.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

}  // namespace

}  // namespace athanor::tensor
