#include "athanor/core/picture_header.hpp"

#include "support/picture_bytes.hpp"
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor {
namespace {

using testing::big;
using testing::exif_segment;
using testing::little;
using testing::small_jpeg;
using testing::small_png;
using testing::with_segment;

std::optional<PictureHeader> header_of(const std::string& bytes) {
  PictureInMemory memory(bytes);
  return read_picture_header(memory);
}

void expect(const std::string& bytes,
            PictureFormat format,
            std::uint32_t width,
            std::uint32_t height) {
  const auto header = header_of(bytes);
  ASSERT_TRUE(header) << name_of(format);
  EXPECT_EQ(header->format, format);
  EXPECT_EQ(header->width, width) << name_of(format);
  EXPECT_EQ(header->height, height) << name_of(format);
  EXPECT_FALSE(header->is_cut_short) << name_of(format);
}

std::string webp(const std::string& chunk) {
  return "RIFF" + little(static_cast<std::uint32_t>(chunk.size()) + 4, 4) + "WEBP" + chunk;
}

std::string bmp(std::uint32_t width, std::uint32_t height) {
  return "BM" + little(58, 4) + little(0, 4) + little(54, 4) + little(40, 4) + little(width, 4) +
         little(height, 4) + std::string(32, '\0');
}

TEST(PictureHeader, ReadsPng) {
  expect(small_png(640, 480), PictureFormat::png, 640, 480);
}

TEST(PictureHeader, ReadsJpegBehindLongNotes) {
  expect(small_jpeg(4000, 3000), PictureFormat::jpeg, 4000, 3000);
  expect(small_jpeg(40, 30, 60'000), PictureFormat::jpeg, 40, 30);
}

TEST(PictureHeader, ReadsBmpFromTopAndFromBottom) {
  expect(bmp(7, 5), PictureFormat::bmp, 7, 5);
  expect(bmp(7, 0U - 5U), PictureFormat::bmp, 7, 5);
}

TEST(PictureHeader, ReadsTheThreeKindsOfWebp) {
  expect(webp("VP8X" + little(10, 4) + little(0, 4) + little(99, 3) + little(49, 3)),
         PictureFormat::webp,
         100,
         50);
  expect(webp("VP8L" + little(10, 4) + "\x2F" + little(99U | 49U << 14, 4) + "x"),
         PictureFormat::webp,
         100,
         50);
  expect(webp("VP8 " + little(10, 4) + std::string("\0\0\0\x9d\x01\x2a", 6) + little(100, 2) +
              little(50, 2)),
         PictureFormat::webp,
         100,
         50);
}

TEST(PictureHeader, ReadsTiffOfBothByteOrders) {
  const auto tag = [](auto number, std::uint32_t id, std::uint32_t type, std::uint32_t value) {
    return number(id, 2) + number(type, 2) + number(1, 4) +
           (type == 3 ? number(value, 2) + number(0, 2) : number(value, 4));
  };
  expect(std::string("II*\0", 4) + little(8, 4) + little(2, 2) + tag(little, 256, 3, 20) +
             tag(little, 257, 4, 10),
         PictureFormat::tiff,
         20,
         10);
  expect(
      std::string("MM\0*", 4) + big(8, 4) + big(2, 2) + tag(big, 256, 3, 20) + tag(big, 257, 4, 10),
      PictureFormat::tiff,
      20,
      10);
}

TEST(PictureHeader, KnowsTheFormatFromTheFirstBytesAlone) {
  EXPECT_EQ(header_of("P6\n3 2\n255\n")->format, PictureFormat::pnm);
  EXPECT_FALSE(header_of("Pineapple"));
  EXPECT_FALSE(header_of("GIF89a"));
  EXPECT_FALSE(header_of(""));
  EXPECT_FALSE(header_of("<html>"));
}

TEST(PictureHeader, SeesWhatIsCutShort) {
  EXPECT_TRUE(header_of(small_png().substr(0, 40))->is_cut_short);
  const auto jpeg = small_jpeg(40, 30);
  EXPECT_TRUE(header_of(jpeg.substr(0, jpeg.size() - 2))->is_cut_short);
  EXPECT_TRUE(header_of(bmp(7, 5).substr(0, 40))->is_cut_short);
  EXPECT_TRUE(header_of(std::string("II*\0", 4) + little(800, 4))->is_cut_short);
  EXPECT_TRUE(header_of(webp("VP8X" + std::string(20, 'x')).substr(0, 20))->is_cut_short);
}

TEST(PictureHeader, AllowsNotesBehindTheEnd) {
  EXPECT_FALSE(header_of(small_jpeg(4, 3) + std::string(1000, 'n'))->is_cut_short);
}

TEST(PictureHeader, KnowsHowAJpegIsTurned) {
  const auto jpeg = small_jpeg(40, 30);
  EXPECT_EQ(header_of(jpeg)->orientation, 1U);
  EXPECT_EQ(header_of(with_segment(jpeg, exif_segment(6)))->orientation, 6U);
  EXPECT_EQ(header_of(with_segment(jpeg, exif_segment(6)))->width, 40U);
}

TEST(PictureHeader, BelievesNoSecondExif) {
  const auto twice = with_segment(small_jpeg(40, 30), exif_segment(1) + exif_segment(1));
  EXPECT_EQ(header_of(twice)->orientation, 0U);
}

TEST(PictureHeader, LooksAtABoundedNumberOfSegments) {
  std::string jpeg = "\xFF\xD8";
  for (std::size_t i = 0; i < limits::picture_segments - 1; ++i) {
    jpeg += "\xFF\xE1" + big(2, 2);
  }
  const std::string frame = "\xFF\xC0" + big(17, 2) + "\x08" + big(3, 2) + big(4, 2);
  EXPECT_EQ(header_of(jpeg + frame)->width, 4U);
  EXPECT_EQ(header_of(jpeg + "\xFF\xE1" + big(2, 2) + frame)->width, 0U);
}

}  // namespace
}  // namespace athanor
