#include "athanor/data/image.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/picture_header.hpp"
#include "athanor/core/picture_name.hpp"
#include "athanor/data/jpeg_part.hpp"

namespace athanor::data {

namespace fs = std::filesystem;

namespace {

/// "cat/0001.jpg": enough to find the file, without the server's own folders.
std::string short_name(const fs::path& path) {
  return (path.parent_path().filename() / path.filename()).string();
}

Error unreadable(const fs::path& path, std::string_view reason) {
  return {ErrorCode::invalid_argument,
          fmt::format(
              "cannot read the picture {}: {}; replace or remove it", short_name(path), reason)};
}

/// How OpenCV is asked for a picture that is so many times smaller.
cv::ImreadModes mode_for(Channels channels, int reduction) {
  const bool is_gray = channels == Channels::gray;
  switch (reduction) {
    case 2:
      return is_gray ? cv::IMREAD_REDUCED_GRAYSCALE_2 : cv::IMREAD_REDUCED_COLOR_2;
    case 4:
      return is_gray ? cv::IMREAD_REDUCED_GRAYSCALE_4 : cv::IMREAD_REDUCED_COLOR_4;
    case 8:
      return is_gray ? cv::IMREAD_REDUCED_GRAYSCALE_8 : cv::IMREAD_REDUCED_COLOR_8;
    default:
      return is_gray ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR;
  }
}

/// A file in memory, and its name for errors.
struct PictureFile {
  fs::path path;
  std::string bytes;
};

Result<PictureFile> load(const fs::path& path) {
  auto bytes = read_file(path);
  if (!bytes) {
    return fail(unreadable(path, bytes.error().message));
  }
  if (bytes->empty()) {
    return fail(unreadable(path, "the file is empty"));
  }
  return PictureFile{path, *std::move(bytes)};
}

bool is_over_limit(cv::Size size) {
  return std::int64_t{size.width} * size.height > std::int64_t{limits::image_pixels};
}

Result<cv::Mat> decode_whole(const PictureFile& file, Channels channels, int reduction) {
  cv::Mat image;
  try {
    const cv::Mat raw(
        1, static_cast<int>(file.bytes.size()), CV_8U, const_cast<char*>(file.bytes.data()));
    image = cv::imdecode(raw, mode_for(channels, reduction));
  } catch (const cv::Exception& error) {
    return fail(unreadable(file.path, error.err));
  }
  if (image.empty()) {
    return fail(unreadable(file.path, "it is damaged or of an unknown format"));
  }
  if (is_over_limit(image.size())) {
    return fail(ErrorCode::too_large,
                fmt::format("the picture {} has {} x {} pixels, over the limit of {}; shrink it",
                            short_name(file.path),
                            image.cols,
                            image.rows,
                            limits::image_pixels));
  }
  return image;
}

std::optional<PictureHeader> read_jpeg_header(std::string_view bytes) {
  PictureInMemory picture(bytes);
  const auto header = read_picture_header(picture);
  const bool is_jpeg = header && header->format == PictureFormat::jpeg;
  return is_jpeg && header->width > 0 && header->height > 0 ? header : std::nullopt;
}

cv::Size shown_size(const PictureHeader& header) {
  const cv::Size size(static_cast<int>(header.width), static_cast<int>(header.height));
  const bool lies_on_its_side = header.orientation >= 5 && header.orientation <= 8;
  return lies_on_its_side ? cv::Size(size.height, size.width) : size;
}

/// Rounded up, as libjpeg does.
cv::Size reduced(cv::Size size, int times) {
  return {(size.width + times - 1) / times, (size.height + times - 1) / times};
}

cv::Rect reduced(const cv::Rect& area, int times) {
  return {area.tl() / times, reduced(area.size(), times)};
}

/// Nothing where the whole picture has to be decoded.
std::optional<cv::Mat> decode_part(std::string_view jpeg,
                                   const PictureHeader& header,
                                   Channels channels,
                                   const PicturePart& part) {
  if (header.orientation != 1 || is_over_limit(reduced(shown_size(header), part.reduction))) {
    return std::nullopt;
  }
  const auto area = reduced(part.area, part.reduction);
  const auto number = [](int value) { return static_cast<std::uint32_t>(value); };
  const JpegPart wanted{.left = number(area.x),
                        .top = number(area.y),
                        .width = number(area.width),
                        .height = number(area.height),
                        .reduction = number(part.reduction)};
  const auto count = static_cast<int>(channels);
  cv::Mat image(area.size(), CV_8UC(count));
  if (!decode_jpeg_part(jpeg, wanted, count, image.data)) {
    return std::nullopt;
  }
  return image;
}

}  // namespace

Result<cv::Mat> read_image(const fs::path& path, Channels channels) {
  return read_image_part(path, channels, [](cv::Size picture) {
    return PicturePart{.area = {cv::Point(), picture}};
  });
}

Result<cv::Mat> read_image_part(const fs::path& path, Channels channels, const ChoosePart& choose) {
  ATHANOR_TRY(const auto file, load(path));
  if (const auto jpeg = read_jpeg_header(file.bytes)) {
    const auto size = shown_size(*jpeg);
    const auto part = choose(size);
    if (auto image = decode_part(file.bytes, *jpeg, channels, part)) {
      return *std::move(image);
    }
    if (part.reduction > 1) {
      ATHANOR_TRY(const auto whole, decode_whole(file, channels, part.reduction));
      if (whole.size() == reduced(size, part.reduction)) {
        return whole(reduced(part.area, part.reduction));
      }
    }
  }
  ATHANOR_TRY(const auto whole, decode_whole(file, channels, 1));
  return whole(choose(whole.size()).area);
}

void keep_pictures_to_their_threads() {
  cv::setNumThreads(1);
}

Status write_image(const fs::path& path, const cv::Mat& image) {
  try {
    if (cv::imwrite(path.string(), image)) {
      return {};
    }
  } catch (const cv::Exception& error) {
    return fail(ErrorCode::io,
                fmt::format("cannot write the picture {}: {}", short_name(path), error.err));
  }
  return fail(ErrorCode::io, fmt::format("cannot write the picture {}", short_name(path)));
}

bool is_image_name(const fs::path& path) {
  return is_picture_name(path);
}

}  // namespace athanor::data
