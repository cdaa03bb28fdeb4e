#include "athanor/engine/surroundings.hpp"

#include <algorithm>
#include <cstddef>
#include <elf.h>
#include <fstream>
#include <link.h>
#include <string_view>

#include <fmt/format.h>

#include "athanor/core/digest.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

namespace {

/// Notes are padded to words of this size.
std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

/// The build id among the notes of a loaded file, which its linker made of all that is in it.
std::string_view build_id_in(std::string_view notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    const auto* const note = reinterpret_cast<const ElfW(Nhdr)*>(notes.data());
    const auto content = sizeof(ElfW(Nhdr)) + padded(note->n_namesz);
    const auto end = content + padded(note->n_descsz);
    if (end > notes.size()) {
      break;
    }
    if (note->n_type == NT_GNU_BUILD_ID) {
      return notes.substr(content, note->n_descsz);
    }
    notes.remove_prefix(end);
  }
  return {};
}

/// Called for each loaded file, the program first. The kernel's own has an id of the kernel.
int add_build_id(dl_phdr_info* file, std::size_t /*size*/, void* ids) {
  if (std::string_view(file->dlpi_name).starts_with("linux-vdso")) {
    return 0;
  }
  for (int i = 0; i < file->dlpi_phnum; ++i) {
    const auto& part = file->dlpi_phdr[i];
    if (part.p_type == PT_NOTE) {
      const auto* const begin = reinterpret_cast<const char*>(file->dlpi_addr + part.p_vaddr);
      static_cast<std::vector<std::string>*>(ids)->emplace_back(build_id_in({begin, part.p_memsz}));
    }
  }
  return 0;
}

/// What is enough to tell two digests apart.
std::string brief(Digest& digest) {
  constexpr std::size_t telling = 16;
  return digest.hex().substr(0, telling);
}

std::string build_here() {
  std::vector<std::string> ids;
  dl_iterate_phdr(add_build_id, &ids);
  std::sort(ids.begin(), ids.end());
  Digest digest;
  for (const auto& id : ids) {
    digest.add(id);
  }
  return brief(digest);
}

/// Libraries choose their code by what the first processor is and can; names alone are vague.
std::string processor_here() {
  std::ifstream lines("/proc/cpuinfo");
  std::string name = "processor";
  Digest digest;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
      name = line.substr(line.find(": ") + 2);
    }
    if (line.starts_with("cpu family") || line.starts_with("model") || line.starts_with("flags")) {
      digest.add(line);
    }
  }
  return fmt::format("{}, {}", name, brief(digest));
}

}  // namespace

Surroundings surroundings_here() {
  return {build_here(), processor_here(), at::get_num_threads()};
}

std::vector<std::string> differences(const Surroundings& before, const Surroundings& now) {
  std::vector<std::string> found;
  if (before.build != now.build) {
    found.push_back("another build of the program or its libraries");
  }
  if (before.processor != now.processor) {
    found.push_back(fmt::format("\"{}\" instead of \"{}\"", now.processor, before.processor));
  }
  if (before.threads != now.threads) {
    found.push_back(fmt::format("{} compute threads instead of {}", now.threads, before.threads));
  }
  return found;
}

}  // namespace athanor::engine
