#include "athanor/store/named_folders.hpp"

#include "athanor/core/data_folder.hpp"

namespace athanor::store {

namespace {

constexpr long long page_rows = 1000;

}  // namespace

Result<NamedFolders> NamedFolders::open(const std::string& url) {
  ATHANOR_TRY(const auto location, parse_location(url));
  try {
    return NamedFolders(std::make_unique<Connection>(location));
  } catch (const DatabaseError& failure) {
    return fail(failure.error());
  }
}

Result<std::optional<std::string>> NamedFolders::next() {
  while (place_ == page_.size() && !at_end_) {
    ATHANOR_CHECK_OK(read_page());
  }
  return place_ < page_.size() ? std::optional(page_[place_++]) : std::nullopt;
}

Status NamedFolders::read_page() {
  page_.clear();
  place_ = 0;
  try {
    if (in_jobs_) {
      read_jobs();
      at_end_ = page_.empty();
    } else {
      read_datasets();
      if (page_.empty()) {
        in_jobs_ = true;  // "datasets/..." comes before "jobs/...".
        last_id_.clear();
      }
    }
  } catch (const DatabaseError& failure) {
    return fail(failure.error());
  }
  return {};
}

void NamedFolders::read_datasets() {
  connection_->query(
      "SELECT id, data_folder FROM datasets WHERE id > :last AND data_folder <> '' "
      "ORDER BY id LIMIT :rows",
      {last_id_, page_rows},
      [this](Row& row) {
        last_id_ = row.text();
        page_.push_back(row.text());
      });
}

void NamedFolders::read_jobs() {
  connection_->query("SELECT id FROM jobs WHERE id > :last ORDER BY id LIMIT :rows",
                     {last_id_, page_rows},
                     [this](Row& row) {
                       const auto id = row.uuid();
                       last_id_ = id.to_string();
                       page_.push_back(job_folder(id));
                     });
}

}  // namespace athanor::store
