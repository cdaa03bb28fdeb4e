// Our side of the bench: makes an engine of an ONNX file, then runs it whenever a line comes in, so
// that both sides can take turns.
//
//   engine_bench FILE.onnx PRECISION THREADS BATCH
//
// says "ready" and answers each line with a number N on standard input by the milliseconds of a
// run, the mean of N.
//
//   engine_bench machine
//
// prints what engines are made for here, and whether int8 is fast, as JSON.

#include <chrono>
#include <cstdint>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "athanor/compile/calibrator.hpp"
#include "athanor/compile/engine_builder.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/runtime/machine.hpp"
#include "athanor/runtime/session.hpp"

namespace {

using athanor::compile::BuildOptions;
using athanor::runtime::Engine;
using athanor::runtime::Session;

struct Arguments {
  std::string file;
  athanor::runtime::Precision precision;
  int threads;
  std::int64_t batch;
};

std::vector<float> noise(std::size_t count) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (auto& number : numbers) {
    number = normal(generator);
  }
  return numbers;
}

athanor::Result<Engine> build(const Arguments& arguments, const std::string& onnx) {
  BuildOptions options{arguments.precision, arguments.threads, arguments.batch};
  if (arguments.precision == athanor::runtime::Precision::int8) {
    ATHANOR_TRY(auto calibrator, athanor::compile::Calibrator::create(onnx, arguments.threads));
    const auto pictures = noise(4UL * 3 * 224 * 224);
    ATHANOR_CHECK_OK(calibrator.add({pictures.data(), {4, 3, 224, 224}}));
    ATHANOR_TRY(options.calibration,
                calibrator.table(athanor::compile::CalibrationMethod::min_max));
  }
  ATHANOR_TRY(const auto bytes, athanor::compile::make_onednn_builder()->build(onnx, options));
  return Engine::from_bytes(bytes);
}

athanor::Status serve(const Arguments& arguments) {
  ATHANOR_TRY(const auto onnx, athanor::read_file(arguments.file));
  ATHANOR_TRY(const auto engine, build(arguments, onnx));
  Session session(engine);
  const auto pictures = noise(static_cast<std::size_t>(arguments.batch) * 3 * 224 * 224);
  const athanor::runtime::TensorView input{pictures.data(), {arguments.batch, 3, 224, 224}};
  for (int i = 0; i < 3; ++i) {
    ATHANOR_CHECK_OK(session.run(input));
  }
  std::cout << "ready" << std::endl;
  for (int runs = 0; std::cin >> runs;) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < runs; ++i) {
      ATHANOR_CHECK_OK(session.run(input));
    }
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    std::cout << time.count() / runs << std::endl;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "machine") {
    auto machine = to_json(athanor::runtime::this_machine());
    machine["fast_int8"] = athanor::runtime::has_fast_int8();
    std::cout << athanor::to_text(machine) << '\n';
    return 0;
  }
  if (argc != 5) {
    std::cerr << "usage: engine_bench FILE.onnx PRECISION THREADS BATCH, or engine_bench machine\n";
    return 2;
  }
  const auto precision = athanor::runtime::parse_precision(argv[2]);
  if (!precision) {
    std::cerr << precision.error().message << '\n';
    return 2;
  }
  const auto status = serve({argv[1], *precision, std::stoi(argv[3]), std::stoll(argv[4])});
  if (!status) {
    std::cerr << status.error().message << '\n';
    return 1;
  }
  return 0;
}
