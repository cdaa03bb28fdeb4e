#include "athanor/datasets/partial_upload.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::datasets {
namespace {

class PartialUploadTest : public ::testing::Test {
 protected:
  PartialUpload begun(std::uint64_t length = 10) {
    return PartialUpload::create(data_dir_.path(), dataset_, length).value();
  }

  Result<PartialUpload> found(const PartialUpload& upload) {
    return PartialUpload::find(data_dir_.path(), dataset_, upload.id());
  }

  /// Sends "0123456789" with a trial that is dropped and one that is kept. `id` is known from the
  /// moment on from which the upload exists.
  Status send_digits(std::optional<Uuid>& id) {
    ATHANOR_TRY(auto upload, PartialUpload::create(data_dir_.path(), dataset_, 10));
    id = upload.id();
    ATHANOR_CHECK_OK(upload.append("0123"));
    ATHANOR_CHECK_OK(upload.sync());
    ATHANOR_CHECK_OK(upload.begin_trial());
    ATHANOR_CHECK_OK(upload.append("xx"));
    ATHANOR_CHECK_OK(upload.discard_trial());
    ATHANOR_CHECK_OK(upload.begin_trial());
    ATHANOR_CHECK_OK(upload.append("456789"));
    return upload.keep_trial();
  }

  /// How many files the dataset has.
  [[nodiscard]] std::ptrdiff_t files() const {
    std::error_code missing;
    const std::filesystem::directory_iterator entries(
        data_dir_.path() / "datasets" / dataset_.to_string(), missing);
    return std::distance(begin(entries), end(entries));
  }

  static std::string content_of(const PartialUpload& upload) {
    auto source = upload.source().value();
    std::string content;
    std::array<char, 3> buffer{};
    for (auto count = source(buffer).value(); count > 0; count = source(buffer).value()) {
      content.append(buffer.data(), count);
    }
    return content;
  }

  athanor::testing::TempDir data_dir_;
  const Uuid dataset_ = Uuid::random();
};

TEST_F(PartialUploadTest, BeginsEmpty) {
  const auto upload = found(begun()).value();
  EXPECT_EQ(upload.offset(), 0U);
  EXPECT_EQ(upload.length(), 10U);
  EXPECT_FALSE(upload.outcome());
}

TEST_F(PartialUploadTest, GoesOnWhereItWasLeft) {
  auto first = begun();
  ASSERT_TRUE(first.append("01234"));
  ASSERT_TRUE(first.sync());
  auto second = found(first).value();
  EXPECT_EQ(second.offset(), 5U);
  ASSERT_TRUE(second.append("56789"));
  EXPECT_EQ(found(first)->offset(), 10U);
  EXPECT_EQ(content_of(second), "0123456789");
}

TEST_F(PartialUploadTest, KeepsItsMetadata) {
  const auto upload =
      PartialUpload::create(data_dir_.path(), dataset_, 10, "filename YS50YXI=").value();
  EXPECT_EQ(found(upload)->metadata(), "filename YS50YXI=");
}

TEST_F(PartialUploadTest, BytesOnTrialCountOnceTheyAreKept) {
  auto upload = begun();
  ASSERT_TRUE(upload.append("012"));
  ASSERT_TRUE(upload.begin_trial());
  ASSERT_TRUE(upload.append("345"));
  EXPECT_EQ(found(upload)->offset(), 3U);
  ASSERT_TRUE(upload.keep_trial());
  EXPECT_EQ(found(upload)->offset(), 6U);
  EXPECT_EQ(content_of(upload), "012345");
}

TEST_F(PartialUploadTest, BytesOnTrialCanBeDropped) {
  auto upload = begun();
  ASSERT_TRUE(upload.append("012"));
  ASSERT_TRUE(upload.begin_trial());
  ASSERT_TRUE(upload.append("xxx"));
  ASSERT_TRUE(upload.discard_trial());
  EXPECT_EQ(upload.offset(), 3U);
  ASSERT_TRUE(upload.append("345"));
  EXPECT_EQ(content_of(found(upload).value()), "012345");
}

TEST_F(PartialUploadTest, ATrialWithoutAnEndIsDroppedByWhoeverGoesOn) {
  Uuid id;
  {
    auto crashed = begun();
    ASSERT_TRUE(crashed.append("012"));
    ASSERT_TRUE(crashed.begin_trial());
    ASSERT_TRUE(crashed.append("xxx"));
    id = crashed.id();
  }
  auto upload = PartialUpload::find(data_dir_.path(), dataset_, id).value();
  EXPECT_EQ(upload.offset(), 3U);
  ASSERT_TRUE(upload.append("345"));
  EXPECT_EQ(content_of(found(upload).value()), "012345");
  EXPECT_EQ(found(upload)->offset(), 6U);
}

TEST_F(PartialUploadTest, KeepsItsOutcomeWithoutTheBytes) {
  auto upload = begun(3);
  ASSERT_TRUE(upload.append("abc"));
  ASSERT_TRUE(upload.finish({400, "the archive is refused"}));
  const auto later = found(upload).value();
  EXPECT_EQ(later.outcome()->status, 400);
  EXPECT_EQ(later.outcome()->message, "the archive is refused");
  EXPECT_EQ(later.offset(), 3U);
  EXPECT_EQ(content_of(later), "");
}

TEST_F(PartialUploadTest, WhatCountsIsWhatWasSentWhicheverCallFails) {
  const std::string digits = "0123456789";
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    ASSERT_LT(calls, 200);
    std::optional<Uuid> id;
    {
      const disk::Fault fault(calls, ENOSPC);
      const auto sent = send_digits(id);
      failed = fault.happened();
      EXPECT_EQ(sent.has_value(), !failed) << calls;
      EXPECT_TRUE(sent || sent.error().code == ErrorCode::unavailable) << calls;
    }
    if (id) {
      auto upload = PartialUpload::find(data_dir_.path(), dataset_, *id);
      ASSERT_TRUE(upload) << calls;
      ASSERT_LE(upload->offset(), digits.size()) << calls;
      ASSERT_TRUE(upload->append(digits.substr(upload->offset()))) << calls;
      EXPECT_EQ(content_of(*upload), digits) << calls;
      ASSERT_TRUE(upload->remove());
    }
    EXPECT_EQ(files(), 0) << calls;
  }
  EXPECT_GT(calls, 25);
}

TEST_F(PartialUploadTest, TheOutcomeOrAllBytesAreThereWhicheverCallFailsAtTheEnd) {
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    ASSERT_LT(calls, 100);
    auto upload = begun(3);
    ASSERT_TRUE(upload.append("abc"));
    {
      const disk::Fault fault(calls, EIO);
      const auto finished = upload.finish({201, "done"});
      failed = fault.happened();
      EXPECT_EQ(finished.has_value(), !failed) << calls;
    }
    const auto later = found(upload);
    ASSERT_TRUE(later) << calls;
    EXPECT_TRUE(later->outcome() || content_of(*later) == "abc") << calls;
    EXPECT_EQ(later->offset(), 3U) << calls;
  }
  EXPECT_GT(calls, 5);
}

TEST_F(PartialUploadTest, IsGoneOnceRemoved) {
  auto upload = begun();
  ASSERT_TRUE(upload.remove());
  const auto later = found(upload);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, ErrorCode::not_found);
  EXPECT_TRUE(upload.remove());
}

TEST_F(PartialUploadTest, BytesGoBeforeTheNoteByWhichTheyAreFound) {
  auto upload = begun(3);
  ASSERT_TRUE(upload.append("abc"));
  const auto bytes =
      data_dir_.path() / "datasets" / dataset_.to_string() / ("upload-" + upload.id().to_string());
  const std::filesystem::path note = bytes.string() + ".json";
  std::filesystem::remove(note);
  std::filesystem::create_directories(note / "in the way");

  EXPECT_FALSE(upload.remove());
  EXPECT_FALSE(std::filesystem::exists(bytes));
}

TEST_F(PartialUploadTest, ANoteWithoutBytesGoesWithTheExpiredOnes) {
  const auto upload = begun();
  ASSERT_TRUE(std::filesystem::remove(data_dir_.path() / "datasets" / dataset_.to_string() /
                                      ("upload-" + upload.id().to_string())));

  ASSERT_TRUE(remove_expired_uploads(data_dir_.path()));

  EXPECT_EQ(files(), 0);
}

TEST_F(PartialUploadTest, BelongsToItsDataset) {
  const auto upload = begun();
  EXPECT_FALSE(PartialUpload::find(data_dir_.path(), Uuid::random(), upload.id()));
}

TEST_F(PartialUploadTest, OnlyUnfinishedOnesAreCounted) {
  auto finished = begun();
  begun();
  begun();
  ASSERT_TRUE(finished.finish({201, "done"}));
  EXPECT_EQ(count_partial_uploads(data_dir_.path(), dataset_).value(), 2U);
  EXPECT_EQ(count_partial_uploads(data_dir_.path(), Uuid::random()).value(), 0U);
}

TEST_F(PartialUploadTest, OnesThatGoMeanwhileAreNotCounted) {
  begun();
  // It is listed, and then it is not there.
  std::filesystem::create_symlink("nothing",
                                  data_dir_.path() / "datasets" / dataset_.to_string() /
                                      ("upload-" + Uuid::random().to_string() + ".json"));

  const auto count = count_partial_uploads(data_dir_.path(), dataset_);

  ASSERT_TRUE(count) << count.error().message;
  EXPECT_EQ(*count, 1U);
}

TEST_F(PartialUploadTest, ExpiresWhenNothingIsAdded) {
  const auto upload = begun();
  const auto just_before = upload.expires() - std::chrono::seconds(1);
  ASSERT_TRUE(remove_expired_uploads(data_dir_.path(), just_before));
  EXPECT_TRUE(found(upload));
  ASSERT_TRUE(remove_expired_uploads(data_dir_.path(), upload.expires()));
  EXPECT_FALSE(found(upload));
  const auto left =
      std::filesystem::directory_iterator(data_dir_.path() / "datasets" / dataset_.to_string());
  EXPECT_EQ(std::distance(left, {}), 0);
}

TEST_F(PartialUploadTest, ExpiryIsCountedFromTheLastBytes) {
  const auto upload = begun();
  const auto now = std::chrono::system_clock::now();
  EXPECT_GT(upload.expires(), now + limits::upload_expiry - std::chrono::minutes(1));
  EXPECT_LE(upload.expires(), now + limits::upload_expiry);
}

TEST_F(PartialUploadTest, AFreshDataDirectoryHasNoneToExpire) {
  EXPECT_TRUE(remove_expired_uploads(data_dir_.path() / "new"));
}

}  // namespace
}  // namespace athanor::datasets
