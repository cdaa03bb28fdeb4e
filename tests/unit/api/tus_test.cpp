#include "athanor/api/tus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::api {
namespace {

using ::testing::HasSubstr;

TEST(TusPath, IsThatOfADatasetsUploadsOrOfOneOfThem) {
  for (const auto* path :
       {"/api/v1/user/u/dataset/d/uploads", "/api/v1/user/u/dataset/d/uploads/7"}) {
    EXPECT_TRUE(is_tus_path(path)) << path;
  }
  for (const auto* path : {"-",
                           "/api/v1/user/u/dataset/d/upload",
                           "/api/v1/user/u/dataset/d/uploads/7/8",
                           "/api/v1/user/u/dataset/d/job/j/artifacts/dataset/d/uploads",
                           "/api/v1/user/u/model/m/uploads"}) {
    EXPECT_FALSE(is_tus_path(path)) << path;
  }
}

TEST(TusByteCount, IsDigitsAlone) {
  EXPECT_EQ(parse_byte_count("0"), 0U);
  EXPECT_EQ(parse_byte_count("18446744073709551615"), ~std::uint64_t{0});
  for (const auto* wrong : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616"}) {
    EXPECT_FALSE(parse_byte_count(wrong)) << wrong;
  }
}

TEST(TusMetadata, ArePairsWithValuesInBase64OrNone) {
  for (const auto* good : {"filename YS50YXI=", "a", "a ", "a YQ==,b", "a YQ==, b YWI="}) {
    EXPECT_TRUE(check_upload_metadata(good)) << good;
  }
  for (const auto* wrong : {"",
                            ",",
                            "a,",
                            " ",
                            "a !",
                            "a YQ",
                            "a YQ== b",
                            "a\tb YQ==",
                            "a,a",
                            "\xc3\xbc YQ==",
                            "a YQ\xbf\xbe"}) {
    const auto refused = check_upload_metadata(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr("Upload-Metadata"));
  }
}

TEST(TusMetadata, AreBounded) {
  EXPECT_TRUE(check_upload_metadata(std::string(limits::upload_metadata_bytes, 'a')));
  EXPECT_FALSE(check_upload_metadata(std::string(limits::upload_metadata_bytes + 1, 'a')));
}

// The digests are those of coreutils: printf abc | sha1sum.
constexpr const char* sha1_of_abc = "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";
constexpr const char* sha256_of_abc = "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

TEST(UploadChecksum, HoldsForTheBytesItWasMadeOf) {
  for (const auto* field : {sha1_of_abc, sha256_of_abc}) {
    auto checksum = UploadChecksum::parse(field).value();
    checksum.add("a");
    checksum.add("");
    checksum.add("bc");
    EXPECT_TRUE(checksum.holds()) << field;
  }
}

TEST(UploadChecksum, DoesNotHoldForOthers) {
  for (const auto* bytes : {"", "ab", "abcd", "abd"}) {
    auto checksum = UploadChecksum::parse(sha1_of_abc).value();
    checksum.add(bytes);
    EXPECT_FALSE(checksum.holds()) << bytes;
  }
}

TEST(UploadChecksum, RefusesOtherAlgorithmsAndForms) {
  for (const auto* wrong : {"",
                            "sha1",
                            "sha1 ",
                            "md5 kAFQmDzST7DWlj99KOF/cg==",
                            "sha1 YQ==",
                            "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0",
                            "SHA1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                            "sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="}) {
    const auto refused = UploadChecksum::parse(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr("sha1,sha256"));
  }
}

}  // namespace
}  // namespace athanor::api
