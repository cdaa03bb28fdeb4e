#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

/// A file NAME_fuzz.cpp defines `void athanor::fuzz::NAME(std::string_view input)`: what is done
/// with one input, which may be any bytes. A faulty promise ends the process, as a sanitizer does.
namespace athanor::fuzz {

inline void require(bool holds, const char* promise) {
  if (!holds) {
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
  }
}

}  // namespace athanor::fuzz
