#include "athanor/datasets/survey.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/picture_header.hpp"
#include "athanor/core/picture_name.hpp"
#include "athanor/datasets/labels/coco.hpp"
#include "athanor/datasets/labels/kitti.hpp"
#include "athanor/datasets/labels/lprnet.hpp"
#include "athanor/datasets/labels/pairs.hpp"
#include "athanor/datasets/labels/table.hpp"
#include "athanor/datasets/layout.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

/// Reads the start of the file at once, where most headers are to their end.
class FileBytes : public PictureBytes {
 public:
  FileBytes(const fs::path& file, std::uint64_t size)
      : fd_(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)), size_(size) {
    start_size_ = read_at(0, start_);
  }

  std::size_t read(std::uint64_t offset, std::span<unsigned char> buffer) override {
    const bool is_at_hand = offset + buffer.size() <= start_size_ || start_size_ == size_;
    if (!is_at_hand) {
      return read_at(offset, buffer);
    }
    const auto rest =
        std::span(start_).first(start_size_).subspan(std::min<std::uint64_t>(offset, start_size_));
    const auto count = std::min(rest.size(), buffer.size());
    std::copy_n(rest.begin(), count, buffer.begin());
    return count;
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  std::size_t read_at(std::uint64_t offset, std::span<unsigned char> buffer) {
    const auto count = ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  UniqueFd fd_;
  std::uint64_t size_;
  std::array<unsigned char, 4 * limits::kib> start_;
  std::size_t start_size_ = 0;
};

/// Whether the end of a file's name promises this format.
bool fits(PictureFormat format, const fs::path& file) {
  const auto extension = lower_extension(file);
  switch (format) {
    case PictureFormat::jpeg:
      return extension == ".jpg" || extension == ".jpeg";
    case PictureFormat::tiff:
      return extension == ".tif" || extension == ".tiff";
    case PictureFormat::pnm:
      return extension == ".ppm" || extension == ".pgm";
    default:
      return extension == "." + std::string(name_of(format));
  }
}

class Surveyor {
 public:
  Surveyor(const fs::path& root, const std::string& type, const std::string& format)
      : root_(root), before_names_((root / "").native().size()), type_(type), format_(format) {}

  Result<Survey> run() {
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file()) {
        look_at(entry);
      }
    }
    ATHANOR_CHECK_OK(check_labels());
    return std::move(result_);
  }

 private:
  void look_at(const fs::directory_entry& entry) {
    const auto size = entry.file_size();
    ++result_.files;
    result_.bytes += size;
    const bool picture = is_picture_name(entry.path());
    if (picture) {
      ++result_.pictures;
      count_place(entry.path());
    }
    if (size == 0) {
      add("empty_file", entry.path(), "it is empty", "add its content or remove it");
    } else if (picture) {
      look_at_picture(entry.path(), size);
    }
  }

  /// By split (the folder at the root) and, for classification, by class.
  void count_place(const fs::path& file) {
    const auto name = std::string_view(file.native()).substr(before_names_);
    const auto split = name.substr(0, name.find('/'));
    if (split.size() == name.size()) {
      return;
    }
    result_.findings.count("splits", std::string(split));
    const auto rest = name.substr(split.size() + 1);
    const auto class_name = rest.substr(0, rest.find('/'));
    if (type_ == "image_classification" && format_ == "default" &&
        class_name.size() < rest.size()) {
      result_.findings.count("classes", std::string(class_name));
    }
  }

  void look_at_picture(const fs::path& file, std::uint64_t size) {
    FileBytes bytes(file, size);
    const auto header = read_picture_header(bytes);
    if (!header) {
      add("not_a_picture",
          file,
          "its first bytes are those of no picture format",
          "save it as JPEG, PNG, BMP, WebP or TIFF, or remove it");
      return;
    }
    result_.findings.count("picture_formats", std::string(name_of(header->format)));
    if (!fits(header->format, file)) {
      add("other_extension",
          file,
          fmt::format("it is {}, other than its name says", name_of(header->format)),
          "rename it");
    }
    if (header->is_cut_short) {
      add("cut_short", file, "its end is missing", "copy it again from where it came");
    }
    check_size(file, *header);
  }

  void check_size(const fs::path& file, const PictureHeader& header) {
    if (header.format == PictureFormat::pnm) {
      return;  // Its header is text; the inspection reads it.
    }
    const auto pixels = std::uint64_t{header.width} * header.height;
    if (pixels == 0) {
      add("no_size", file, "its header gives no width and height", "save it again");
    } else if (pixels > limits::image_pixels) {
      add("too_large",
          file,
          fmt::format("it has {} x {} pixels, over the limit of {}",
                      header.width,
                      header.height,
                      limits::image_pixels),
          "make it smaller");
    } else {
      result_.findings.count("picture_sizes", fmt::format("{}x{}", header.width, header.height));
    }
  }

  Status check_labels() {
    auto& findings = result_.findings;
    if (type_ == "image_classification") {
      ATHANOR_TRY(const auto pictures, picture_folder(root_));
      labels::check_tables(root_, pictures, findings);
      if (format_ == "default") {
        labels::check_class_list(root_, pictures, findings);
      }
    } else if (format_ == "kitti") {
      labels::check_kitti(root_, findings);
    } else if (format_ == "lprnet") {
      labels::check_lprnet(root_, findings);
    } else if (format_ == "ljspeech") {
      labels::check_speech(root_, findings);
    } else if (format_ == "unet") {
      labels::check_pairs(root_, {"images", "masks", "", "mask", "test"}, findings);
    } else if (format_ == "pascal_voc" && fs::is_directory(root_ / "Annotations")) {
      const bool short_name = fs::is_directory(root_ / "images");
      labels::check_pairs(
          root_,
          {short_name ? "images" : "JPEGImages", "Annotations", ".xml", "annotation"},
          findings);
    } else if (format_ == "coco") {
      return labels::check_coco(root_, findings);
    }
    return {};
  }

  void add(std::string kind, const fs::path& file, std::string message, std::string mend) {
    result_.findings.add(
        {std::move(kind), below(root_, file), std::nullopt, std::move(message), std::move(mend)});
  }

  const fs::path& root_;
  const std::size_t before_names_;  ///< Bytes of a file's path before its name below the root.
  const std::string& type_;
  const std::string& format_;
  Survey result_;
};

}  // namespace

Result<Survey> survey(const fs::path& root, const std::string& type, const std::string& format) {
  try {
    return Surveyor(root, type, format).run();
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot look through the dataset", failure.code().value()));
  }
}

Json to_json(const Survey& survey) {
  Json counts = Json::object();
  for (const auto& group : survey.findings.groups()) {
    append_member(counts, group, survey.findings.counts(group));
  }
  return {{"files", survey.files},
          {"bytes", survey.bytes},
          {"pictures", survey.pictures},
          {"counts", std::move(counts)},
          {"faults", survey.findings.to_json()}};
}

std::string summary_of(const Survey& survey) {
  std::string text = fmt::format("{} files, {} of them pictures", survey.files, survey.pictures);
  const auto faults = survey.findings.faults();
  if (faults > 0) {
    const auto& first = survey.findings.listed().front();
    text += fmt::format("; {} {}, the first: {}: {}",
                        faults,
                        faults == 1 ? "warning" : "warnings",
                        shown(first.file),
                        first.message);
  }
  return text;
}

}  // namespace athanor::datasets
