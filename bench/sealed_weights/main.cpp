// Time of encryption and decryption at the size of resnet18; see README.md.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "athanor/core/files.hpp"
#include "athanor/crypto/sealed_reader.hpp"
#include "athanor/crypto/sealed_writer.hpp"

namespace {

namespace crypto = athanor::crypto;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t tensor_bytes = 720'000;  // 62 of them make 45 MB.
constexpr std::size_t tensors = 62;
constexpr int runs = 9;

struct Measurement {
  const char* name;
  std::function<bool()> run;
  std::vector<double> times = {};
};

bool read_sealed(const std::filesystem::path& file,
                 const crypto::Passphrase& key,
                 std::vector<std::string>& targets) {
  auto reader = crypto::SealedReader::open(file, key);
  return reader && std::ranges::all_of(targets, [&](std::string& target) {
           return reader->read(target.data(), target.size()).has_value();
         });
}

double milliseconds_of(const std::function<bool()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  if (!run()) {
    std::puts("failed");
    std::exit(1);
  }
  return Milliseconds(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::puts("Usage: sealed_weights FOLDER");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  const crypto::Passphrase key(athanor::Secret(std::string("tlt_encode")));
  std::vector<std::string> data(tensors, std::string(tensor_bytes, '\x5a'));
  const athanor::FileContent content = [&data](const athanor::ByteSink& sink) -> athanor::Status {
    for (const auto& tensor : data) {
      ATHANOR_CHECK_OK(sink(tensor));
    }
    return {};
  };
  std::printf("key                  %7.1f ms, once per job\n",
              milliseconds_of([&] { return key.keys_to_seal().has_value(); }));

  Measurement measurements[] = {
      {"write plain",
       [&] { return athanor::write_file_atomic(folder / "plain", content).has_value(); }},
      {"write encrypted",
       [&] {
         return crypto::write_sealed(folder / "sealed", tensor_bytes * tensors, content, key)
             .has_value();
       }},
      {"read plain", [&] { return athanor::read_file(folder / "plain").has_value(); }},
      {"read encrypted", [&] { return read_sealed(folder / "sealed", key, data); }},
  };
  for (int i = 0; i < runs; ++i) {
    for (auto& measurement : measurements) {
      measurement.times.push_back(milliseconds_of(measurement.run));
    }
  }
  for (auto& [name, run, times] : measurements) {
    std::ranges::sort(times);
    const double median = times[runs / 2];
    std::printf("%-20s %7.1f ms %7.0f MB/s\n",
                name,
                median,
                static_cast<double>(tensor_bytes * tensors) / 1000 / median);
  }
}
