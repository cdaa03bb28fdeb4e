#include "athanor/datasets/labels/coco.hpp"

#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "athanor/core/json.hpp"
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
      categories_[*entry.id] = entry.name;
    }
  }

  void finish() {
    if (pictures_ == 0) {
      add_fault("no_pictures", "it lists no pictures", "list every picture under \"images\"");
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
    for (const auto& [category, count] : objects_of_category_) {
      const auto known = categories_.find(category);
      if (known == categories_.end()) {
        add_fault("annotation_without_category",
                  fmt::format("{} annotations refer to category_id {}, which \"categories\" lacks",
                              count,
                              shown(category)),
                  "add the category or remove the annotations");
      }
      findings_.count(
          "objects", shown(known == categories_.end() ? category : known->second), count);
    }
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
    picture_names_.insert(std::hash<std::string>{}(to_string(*name)));
  }

  void add_annotation(const Entry& entry) {
    if (!entry.image_id || !entry.category_id) {
      add_fault("annotation_entry",
                fmt::format("annotation {} lacks image_id or category_id",
                            entry.id ? shown(*entry.id) : "without id"),
                "give every annotation both");
      return;
    }
    if (objects_of_picture_.size() < limits::annotated_pictures) {
      ++objects_of_picture_[*entry.image_id];
    }
    if (objects_of_category_.size() < limits::report_names) {
      ++objects_of_category_[*entry.category_id];
    }
  }

  void find_unlisted() {
    if (pictures_ > limits::annotated_pictures || pictures_ == 0) {
      return;
    }
    for (const auto& entry : fs::recursive_directory_iterator(root_ / "images")) {
      const auto name = entry.path().lexically_relative(root_ / "images").generic_string();
      if (entry.is_regular_file() && is_picture_name(entry.path()) &&
          !picture_names_.contains(std::hash<std::string>{}(name))) {
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
  std::unordered_set<Id> picture_ids_;
  std::unordered_set<std::size_t> picture_names_;  ///< Hashes.
  std::unordered_map<Id, std::uint64_t> objects_of_picture_;
  std::map<Id, std::uint64_t> objects_of_category_;
  std::map<Id, std::string> categories_;
};

/// Follows the parser through {"images": [{...}], ...}: fields of those objects are kept, what
/// lies deeper passes by.
class Listener : public nlohmann::json_sax<Json> {
 public:
  explicit Listener(Annotations& annotations) : annotations_(annotations) {}

  [[nodiscard]] const std::string& problem() const { return problem_; }

  bool null() override { return true; }

  bool boolean(bool) override { return true; }

  bool number_integer(number_integer_t value) override { return take(std::to_string(value)); }

  bool number_unsigned(number_unsigned_t value) override { return take(std::to_string(value)); }

  bool number_float(number_float_t, const string_t&) override { return true; }

  bool string(string_t& value) override { return take(value); }

  bool binary(binary_t&) override { return true; }

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
    return true;
  }

  bool end_object() override {
    if (depth_-- == entry_depth) {
      annotations_.add(list_, entry_);
    }
    return true;
  }

  bool start_array(std::size_t) override {
    ++depth_;
    return check_depth();
  }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    problem_ = fmt::format("it is not JSON, from byte {} on", position);
    return false;
  }

 private:
  static constexpr std::size_t entry_depth = 3;  ///< Root, list, entry.

  bool check_depth() {
    if (depth_ > limits::json_depth) {
      problem_ = fmt::format("it nests deeper than {} levels", limits::json_depth);
    }
    return problem_.empty();
  }

  bool take(const std::string& value) {
    if (depth_ == entry_depth) {
      keep(value);
    }
    return true;
  }

  void keep(const std::string& value) {
    if (field_ == "id") {
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
  std::size_t depth_ = 0;
  std::string list_;
  std::string field_;
  Entry entry_;
  std::string problem_;
};

}  // namespace

Status check_coco(const fs::path& root, Findings& findings) {
  std::ifstream stream(root / file_name, std::ios::binary);
  Annotations annotations(root, findings);
  Listener listener(annotations);
  if (!Json::sax_parse(stream, &listener)) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{} cannot be read: {}; export it again", file_name, listener.problem()));
  }
  annotations.finish();
  return {};
}

}  // namespace athanor::datasets::labels
