#include "athanor/crypto/seal_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::crypto {
namespace {

using ::testing::HasSubstr;

SealHeader header_of(std::uint32_t passes, std::uint32_t memory_kib, std::uint64_t bytes = 70'000) {
  SealHeader header;
  header.recipe.salt.fill(3);
  header.recipe.passes = passes;
  header.recipe.memory_kib = memory_kib;
  header.plain_bytes = bytes;
  header.stream.fill(9);
  return header;
}

TEST(SealHeader, ComesBackFromItsBytes) {
  const auto header = header_of(2, 1024);

  const auto bytes = render_seal_header(header, DerivedKeys());

  ASSERT_EQ(bytes.size(), seal_header_bytes);
  EXPECT_EQ(parse_seal_header(bytes).value(), header);
}

TEST(SealHeader, KnowsTheKeysItWasMadeWith) {
  DerivedKeys own;
  DerivedKeys other;
  other.check.fill(1);
  const auto bytes = render_seal_header(header_of(2, 1024), own);

  EXPECT_TRUE(is_made_with(bytes, own));
  EXPECT_FALSE(is_made_with(bytes, other));
}

TEST(SealHeader, MayNotAskForMoreThanTheLimits) {
  const auto parse = [](const SealHeader& header) {
    return parse_seal_header(render_seal_header(header, DerivedKeys()));
  };
  constexpr auto most = static_cast<std::uint32_t>(limits::unseal_memory_bytes / limits::kib);

  EXPECT_TRUE(parse(header_of(limits::unseal_passes, most)));
  EXPECT_EQ(parse(header_of(limits::unseal_passes + 1, most)).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse(header_of(limits::unseal_passes, most + 1)).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse(header_of(0, most)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(parse(header_of(1, 7)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(parse(header_of(1, 8, ~0ULL)).error().code, ErrorCode::invalid_argument);
}

TEST(SealHeader, OfALaterVersionIsUnsupported) {
  auto bytes = render_seal_header(header_of(1, 8), DerivedKeys());
  bytes[8] = 2;

  const auto parsed = parse_seal_header(bytes);

  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::unsupported);
  EXPECT_THAT(parsed.error().message, HasSubstr("version 2"));
}

TEST(SealedSize, CountsAChunkForEverySixtyFourKib) {
  EXPECT_EQ(sealed_size(0), 100U + 17);
  EXPECT_EQ(sealed_size(65536), 100U + 65536 + 17);
  EXPECT_EQ(sealed_size(65537), 100U + 65537 + 2 * 17);
}

}  // namespace
}  // namespace athanor::crypto
