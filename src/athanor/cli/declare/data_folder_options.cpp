#include "athanor/cli/declare/data_folder_options.hpp"

#include "athanor/cli/xdg.hpp"

namespace athanor::cli {

void add_data_folder(CLI::App& command, std::filesystem::path& folder) {
  folder = data_home();
  command.add_option("--data-dir", folder, "Folder of the server")
      ->capture_default_str()
      ->required(folder.empty());
}

void add_store_url(CLI::App& command, std::string& url) {
  command
      .add_option(
          "--store-url",
          url,
          "Database, such as postgresql://user@host/name; SQLite in the data folder if none. "
          "Passwords belong into the variable or ~/.pgpass, not into arguments")
      ->envname("ATHANOR_STORE_URL");
}

}  // namespace athanor::cli
