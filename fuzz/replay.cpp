// Runs files through a fuzz target once, without a fuzzer:
//
//   fuzz_replay TARGET FILE_OR_FOLDER...
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "targets.hpp"

#include "athanor/core/files.hpp"

namespace {

namespace fs = std::filesystem;

/// The files named, and those in the folders named.
std::vector<fs::path> files_of(std::span<char*> names) {
  std::vector<fs::path> files;
  for (const char* name : names) {
    if (fs::is_directory(name)) {
      std::copy(fs::directory_iterator(name), {}, std::back_inserter(files));
    } else {
      files.emplace_back(name);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

int replay(void (*target)(std::string_view), std::span<char*> names) {
  const auto files = files_of(names);
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);  // The last one named is the faulty one.
    const auto input = athanor::read_file(file);
    if (!input) {
      std::fprintf(stderr, "%s\n", input.error().message.c_str());
      return 1;
    }
    target(*input);
  }
  return files.empty() ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view wanted = count > 1 ? arguments[1] : "";
  for (const auto& [name, target] : athanor::fuzz::targets) {
    if (name == wanted) {
      return replay(target, std::span(arguments, static_cast<std::size_t>(count)).subspan(2));
    }
  }
  std::fprintf(stderr, "Usage: fuzz_replay TARGET FILE_OR_FOLDER...\n");
  return 2;
}
