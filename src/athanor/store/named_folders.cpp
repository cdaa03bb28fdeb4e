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
  while (place_ == page_.size() && kind_ != Kind::none) {
    ATHANOR_CHECK_OK(read_page());
  }
  return place_ < page_.size() ? std::optional(page_[place_++]) : std::nullopt;
}

Status NamedFolders::read_page() {
  page_.clear();
  place_ = 0;
  try {
    switch (kind_) {
      case Kind::datasets:
        read_datasets();
        break;
      case Kind::jobs:
        read_ids("SELECT id FROM jobs WHERE id > :last ORDER BY id LIMIT :rows", job_folder);
        break;
      case Kind::pretrained:
        read_ids(
            "SELECT id FROM models WHERE id > :last AND weights IS NOT NULL "
            "ORDER BY id LIMIT :rows",
            pretrained_folder);
        break;
      case Kind::none:
        return {};
    }
  } catch (const DatabaseError& failure) {
    return fail(failure.error());
  }
  if (page_.empty()) {
    kind_ = static_cast<Kind>(static_cast<int>(kind_) + 1);
    last_id_.clear();
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

void NamedFolders::read_ids(const char* sql, std::string (*folder_of)(Uuid)) {
  connection_->query(sql, {last_id_, page_rows}, [this, folder_of](Row& row) {
    const auto id = row.uuid();
    last_id_ = id.to_string();
    page_.push_back(folder_of(id));
  });
}

}  // namespace athanor::store
