#include "athanor/datasets/line_reader.hpp"

#include "athanor/core/limits.hpp"

namespace athanor::datasets {

LineReader::LineReader(const std::filesystem::path& file) : stream_(file, std::ios::binary) {}

bool LineReader::next() {
  line_.clear();
  cut_ = false;
  bool any = false;
  auto* const buffer = stream_.rdbuf();
  for (int c = buffer->sbumpc(); c != std::char_traits<char>::eof(); c = buffer->sbumpc()) {
    any = true;
    if (c == '\n') {
      break;
    }
    cut_ = cut_ || line_.size() == limits::label_line_bytes;
    if (!cut_) {
      line_.push_back(static_cast<char>(c));
    }
  }
  if (!any) {
    return false;
  }
  ++number_;
  if (!line_.empty() && line_.back() == '\r') {
    line_.pop_back();
  }
  if (number_ == 1 && line_.starts_with("\xEF\xBB\xBF")) {
    line_.erase(0, 3);
  }
  return true;
}

}  // namespace athanor::datasets
