#include "athanor/datasets/labels/coco.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <istream>
#include <map>
#include <optional>
#include <set>
#include <streambuf>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include "athanor/core/json.hpp"
#include "athanor/core/keyed_hash.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/picture_name.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets::labels {

namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "annotations.json";

/// An id, which some tools write as text.
using Id = std::string;

/// What is kept of one object in images, annotations or categories.
struct Entry {
  std::optional<Id> id;
  std::optional<Id> image_id;
  std::optional<Id> category_id;
  std::string name;
};

/// Gathers what the entries say, and compares it once all have been read.
class Annotations {
 public:
  Annotations(const fs::path& root, Findings& findings) : root_(root), findings_(findings) {}

  void add(std::string_view list, const Entry& entry) {
    if (list == "images") {
      add_picture(entry);
    } else if (list == "annotations") {
      add_annotation(entry);
    } else if (list == "categories" && entry.id) {
      add_category(entry);
    }
  }

  void finish() {
    if (pictures_ == 0) {
      add_fault("no_pictures", "it lists no pictures", "list every picture under \"images\"");
    }
    find_annotations_without_picture();
    count_objects();
    find_unlisted();
  }

 private:
  void add_picture(const Entry& entry) {
    if (++pictures_ > limits::annotated_pictures) {
      return;
    }
    if (!entry.id || entry.name.empty()) {
      add_fault("picture_entry",
                fmt::format("entry {} of \"images\" lacks id or file_name", pictures_),
                "give every picture both");
      return;
    }
    if (!picture_ids_.insert(*entry.id).second) {
      add_fault("picture_entry",
                fmt::format("two entries of \"images\" have the id {}", shown(*entry.id)),
                "give every picture an id of its own");
    }
    const auto name = parse_member_name(entry.name);
    if (!name || !fs::is_regular_file(root_ / "images" / to_string(*name))) {
      add_fault("missing_picture",
                fmt::format("images/{} is not there", shown(entry.name)),
                "add the picture or remove its entry");
      return;
    }
    picture_names_.insert(keyed_hash(to_string(*name)));
  }

  /// Whether every picture was kept, so that one which is not found is none.
  [[nodiscard]] bool knows_all_pictures() const { return pictures_ <= limits::annotated_pictures; }

  void add_category(const Entry& entry) {
    if (categories_.size() < limits::report_names || categories_.contains(*entry.id)) {
      categories_[*entry.id] = shown(entry.name);
    } else {
      knows_all_categories_ = false;
    }
  }

  void add_annotation(const Entry& entry) {
    if (!entry.image_id || !entry.category_id) {
      add_fault("annotation_entry",
                fmt::format("annotation {} lacks image_id or category_id",
                            entry.id ? shown(*entry.id) : "without id"),
                "give every annotation both");
      return;
    }
    count_id(objects_of_picture_, *entry.image_id, limits::annotated_pictures);
    count_id(objects_of_category_, *entry.category_id, limits::report_names);
  }

  /// Counts so many ids at most.
  template <class Counts>
  static void count_id(Counts& counts, const Id& id, std::size_t most) {
    if (counts.size() < most || counts.contains(id)) {
      ++counts[id];
    }
  }

  void find_annotations_without_picture() {
    if (!knows_all_pictures()) {
      return;
    }
    for (const auto& [picture, count] : objects_of_picture_) {
      if (!picture_ids_.contains(picture)) {
        add_fault("annotation_without_picture",
                  fmt::format("{} annotations refer to image_id {}, which \"images\" lacks",
                              count,
                              shown(picture)),
                  "add the picture's entry or remove the annotations");
      }
    }
  }

  void count_objects() {
    for (const auto& [category, count] : objects_of_category_) {
      const auto known = categories_.find(category);
      if (known == categories_.end() && knows_all_categories_) {
        add_fault("annotation_without_category",
                  fmt::format("{} annotations refer to category_id {}, which \"categories\" lacks",
                              count,
                              shown(category)),
                  "add the category or remove the annotations");
      }
      findings_.count(
          "objects", known == categories_.end() ? shown(category) : known->second, count);
    }
  }

  void find_unlisted() {
    if (!knows_all_pictures() || pictures_ == 0) {
      return;
    }
    for (const auto& entry : fs::recursive_directory_iterator(root_ / "images")) {
      const auto name = entry.path().lexically_relative(root_ / "images").generic_string();
      if (entry.is_regular_file() && is_picture_name(entry.path()) &&
          !picture_names_.contains(keyed_hash(name))) {
        findings_.add({.kind = "picture_without_label",
                       .file = "images/" + name,
                       .message = "annotations.json does not list it",
                       .mend = "add its entry or remove the picture"});
      }
    }
  }

  void add_fault(std::string kind, std::string message, std::string mend) {
    findings_.add({std::move(kind), file_name, std::nullopt, std::move(message), std::move(mend)});
  }

  const fs::path& root_;
  Findings& findings_;
  std::uint64_t pictures_ = 0;
  std::set<Id> picture_ids_;  ///< Sorted, like all ids: a file may choose them to share a hash.
  std::unordered_set<std::uint64_t> picture_names_;  ///< Keyed hashes.
  std::map<Id, std::uint64_t> objects_of_picture_;
  std::map<Id, std::uint64_t> objects_of_category_;
  std::map<Id, std::string> categories_;
  bool knows_all_categories_ = true;
};

/// A file for the parser, which keeps all of a token in memory and what lies before it: where that
/// grows over the limit, the file ends for it.
class TokenBytes : public std::streambuf {
 public:
  explicit TokenBytes(const fs::path& file) { file_.open(file, std::ios::in | std::ios::binary); }

  /// The parser has come to the end of a token.
  void pass_token() { since_token_ = 0; }

  [[nodiscard]] bool is_over_limit() const { return since_token_ > limits::annotation_token_bytes; }

 protected:
  int_type underflow() override {
    const std::streamsize count =
        is_over_limit() ? 0
                        : file_.sgetn(block_.data(), static_cast<std::streamsize>(block_.size()));
    if (count <= 0) {
      return traits_type::eof();
    }
    since_token_ += static_cast<std::size_t>(count);
    setg(block_.data(), block_.data(), block_.data() + count);
    return traits_type::to_int_type(block_.front());
  }

 private:
  std::filebuf file_;
  std::array<char, 64 * limits::kib> block_{};
  std::size_t since_token_ = 0;
};

/// Follows the parser through {"images": [{...}], ...}: fields of those objects are kept, what
/// lies deeper passes by.
class Listener : public nlohmann::json_sax<Json> {
 public:
  Listener(Annotations& annotations, TokenBytes& bytes)
      : annotations_(annotations), bytes_(bytes) {}

  [[nodiscard]] const std::string& problem() const { return problem_; }

  bool null() override { return pass(); }

  bool boolean(bool) override { return pass(); }

  bool number_integer(number_integer_t value) override { return take(std::to_string(value)); }

  bool number_unsigned(number_unsigned_t value) override { return take(std::to_string(value)); }

  bool number_float(number_float_t, const string_t&) override { return pass(); }

  bool string(string_t& value) override { return take(value); }

  bool binary(binary_t&) override { return pass(); }

  bool start_object(std::size_t) override {
    if (++depth_ == entry_depth) {
      entry_ = {};
    }
    return check_depth();
  }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      list_ = name;
    } else if (depth_ == entry_depth) {
      field_ = name;
    }
    return pass();
  }

  bool end_object() override {
    if (depth_-- == entry_depth) {
      annotations_.add(list_, entry_);
    }
    return pass();
  }

  bool start_array(std::size_t) override {
    ++depth_;
    return check_depth();
  }

  bool end_array() override {
    --depth_;
    return pass();
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    problem_ = bytes_.is_over_limit() ? fmt::format("a text or gap in it is longer than {} bytes",
                                                    limits::annotation_token_bytes)
                                      : fmt::format("it is not JSON, from byte {} on", position);
    return false;
  }

 private:
  static constexpr std::size_t entry_depth = 3;  ///< Root, list, entry.

  /// Whether the parser may go on, which has come to a token's end.
  bool pass() {
    bytes_.pass_token();
    return problem_.empty();
  }

  bool check_depth() {
    if (depth_ > limits::json_depth) {
      problem_ = fmt::format("it nests deeper than {} levels", limits::json_depth);
    }
    return pass();
  }

  bool take(const std::string& value) {
    if (depth_ == entry_depth) {
      keep(value);
    }
    return pass();
  }

  void keep(const std::string& value) {
    const bool is_id = field_ == "id" || field_ == "image_id" || field_ == "category_id";
    if (is_id && value.size() > limits::annotation_id_bytes) {
      problem_ = fmt::format("the {} \"{}\" has more than {} bytes",
                             field_,
                             shown(value),
                             limits::annotation_id_bytes);
    } else if (field_ == "id") {
      entry_.id = value;
    } else if (field_ == "image_id") {
      entry_.image_id = value;
    } else if (field_ == "category_id") {
      entry_.category_id = value;
    } else if (field_ == (list_ == "images" ? "file_name" : "name")) {
      entry_.name = value;
    }
  }

  Annotations& annotations_;
  TokenBytes& bytes_;
  std::size_t depth_ = 0;
  std::string list_;
  std::string field_;
  Entry entry_;
  std::string problem_;
};

}  // namespace

Status check_coco(const fs::path& root, Findings& findings) {
  TokenBytes bytes(root / file_name);
  std::istream stream(&bytes);
  Annotations annotations(root, findings);
  Listener listener(annotations, bytes);
  if (!Json::sax_parse(stream, &listener)) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{} cannot be read: {}; export it again", file_name, listener.problem()));
  }
  annotations.finish();
  return {};
}

}  // namespace athanor::datasets::labels
