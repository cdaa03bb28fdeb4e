#include "athanor/store/removed_folder_table.hpp"

#include <fmt/format.h>

#include "athanor/core/data_folder.hpp"

namespace athanor::store {

Result<std::vector<std::string>> RemovedFolderTable::list() {
  using Paths = std::vector<std::string>;
  return database_.read([](Connection& connection) -> Result<Paths> {
    Paths paths;
    connection.query("SELECT path FROM removed_folders ORDER BY path", {}, [&](Row& row) {
      paths.push_back(row.text());
    });
    return paths;
  });
}

Status RemovedFolderTable::forget(const std::string& path) {
  return database_.write([&](Connection& connection) -> Status {
    connection.execute("DELETE FROM removed_folders WHERE path = :path", {path});
    return {};
  });
}

void note_removed_folder(Connection& connection, const std::string& path) {
  connection.execute("INSERT INTO removed_folders (path) VALUES (:path)", {path});
}

void note_removed_job_folders(Connection& connection, Uuid owner) {
  connection.execute(fmt::format("INSERT INTO removed_folders (path) SELECT '{}/' || id FROM jobs "
                                 "WHERE owner_id = :owner",
                                 jobs_folder),
                     {owner.to_string()});
}

}  // namespace athanor::store
