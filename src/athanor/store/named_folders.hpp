#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/store/connection.hpp"

namespace athanor::store {

/// The folders that the records of a database name, below the data folder and in the order of
/// their names. They are read a page at a time, so that memory stays flat however many there are;
/// each page is as the database is when it is read.
class NamedFolders {
 public:
  [[nodiscard]] static Result<NamedFolders> open(const std::string& url);

  /// nullopt behind the last one.
  [[nodiscard]] Result<std::optional<std::string>> next();

 private:
  explicit NamedFolders(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  /// Whose folders are read, in the order of their names.
  enum class Kind { datasets, jobs, pretrained, none };

  [[nodiscard]] Status read_page();
  void read_datasets();
  void read_ids(const char* sql, std::string (*folder_of)(Uuid));

  std::unique_ptr<Connection> connection_;
  std::vector<std::string> page_;
  std::size_t place_ = 0;
  std::string last_id_;  ///< Of the records read so far.
  Kind kind_ = Kind::datasets;
};

}  // namespace athanor::store
