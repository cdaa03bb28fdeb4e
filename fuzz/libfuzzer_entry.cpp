// Makes a libFuzzer program of the target ATHANOR_FUZZ_TARGET.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace athanor::fuzz {

void ATHANOR_FUZZ_TARGET(std::string_view input);

}  // namespace athanor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  athanor::fuzz::ATHANOR_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
