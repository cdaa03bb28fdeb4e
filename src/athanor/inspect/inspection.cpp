#include "athanor/inspect/inspection.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/picture_name.hpp"
#include "athanor/inspect/sandbox.hpp"

namespace athanor::inspect {

namespace {

namespace fs = std::filesystem;

using Counts = std::map<std::uint64_t, std::uint64_t>;

Json to_json(const Counts& counts) {
  Json json = Json::object();
  for (const auto& [value, count] : counts) {
    append_member(json, std::to_string(value), count);
  }
  return json;
}

struct Judgement {
  std::string_view kind;
  std::string_view message;
  std::string_view mend;
};

Judgement judgement_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::empty:
      return {"empty_file", "it is empty", "add its content or remove it"};
    case Outcome::too_large:
      return {"too_large", "it has too many pixels", "make it smaller"};
    case Outcome::out_of_memory:
      return {"too_much_memory", "decoding it takes too much memory", "make it smaller"};
    default:
      return {"undecodable", "it cannot be decoded", "save it again or remove it"};
  }
}

/// The longest side, rounded up to a power of two.
std::uint64_t size_class(const Decoded& picture) {
  std::uint64_t size = 1;
  while (size < std::max(picture.width, picture.height)) {
    size *= 2;
  }
  return size;
}

/// Adds up what the decoders tell.
class Tally {
 public:
  explicit Tally(const fs::path& root) : root_(root) {}

  void add(const fs::path& picture, const Decoded& decoded) {
    if (decoded.outcome != Outcome::decoded) {
      add_fault(picture, judgement_of(decoded.outcome));
      return;
    }
    ++decoded_;
    ++channels_[decoded.channels];
    ++bits_[decoded.bits];
    ++sizes_[size_class(decoded)];
  }

  void add_fault(const fs::path& picture, const Judgement& judgement) {
    ++faults_;
    ++kinds_[std::string(judgement.kind)];
    if (listed_.size() < limits::report_faults) {
      listed_.push_back({{"kind", judgement.kind},
                         {"severity", "warning"},
                         {"file", picture.lexically_relative(root_).generic_string()},
                         {"line", nullptr},
                         {"message", judgement.message},
                         {"mend", judgement.mend}});
    }
  }

  [[nodiscard]] Json to_json() const {
    return {{"pictures", decoded_ + faults_},
            {"decoded", decoded_},
            {"channels", inspect::to_json(channels_)},
            {"bits", inspect::to_json(bits_)},
            {"longest_side_up_to", inspect::to_json(sizes_)},
            {"faults", {{"total", faults_}, {"by_kind", kinds_}, {"listed", listed_}}}};
  }

 private:
  const fs::path& root_;
  std::uint64_t decoded_ = 0;
  Counts channels_;
  Counts bits_;
  Counts sizes_;
  std::uint64_t faults_ = 0;
  std::map<std::string, std::uint64_t> kinds_;
  Json listed_ = Json::array();
};

Result<std::vector<fs::path>> pictures_below(const fs::path& root) {
  try {
    std::vector<fs::path> pictures;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_regular_file() && is_picture_name(entry.path())) {
        pictures.push_back(entry.path());
      }
    }
    std::sort(pictures.begin(), pictures.end());
    return pictures;
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot list the pictures", failure.code().value()));
  }
}

}  // namespace

Status inspect(const fs::path& root,
               const fs::path& output,
               const Decoder& decoder,
               const DecoderLimits& limits) {
  become_idle();
  ATHANOR_TRY(const auto pictures, pictures_below(root));
  Tally tally(root);
  for (std::size_t next = 0; next < pictures.size();) {
    ATHANOR_TRY(auto process,
                DecoderProcess::start(std::span(pictures).subspan(next), decoder, limits));
    for (auto decoded = process.next(); decoded; decoded = process.next()) {
      tally.add(pictures[next++], *decoded);
    }
    ATHANOR_TRY(const auto reason, process.collect());
    if (next < pictures.size()) {
      tally.add_fault(
          pictures[next++],
          {"breaks_decoder", reason, "save it again with another program or remove it"});
    }
  }
  return write_file_atomic(output, to_text(tally.to_json()) + "\n");
}

}  // namespace athanor::inspect
