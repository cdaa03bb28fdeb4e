#include "athanor/datasets/name_form.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include <utf8proc.h>

namespace athanor::datasets {

namespace {

/// Most names are: every form of them is plain to see.
bool is_ascii(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= 0; });
}

char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string mapped(std::string_view name, int options) {
  utf8proc_uint8_t* text = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                                 static_cast<utf8proc_ssize_t>(name.size()),
                                 &text,
                                 static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(text, std::free);
  if (size == UTF8PROC_ERROR_NOMEM) {
    throw std::bad_alloc();
  }
  // What cannot be mapped is not well-formed; it stands for itself.
  return size < 0
             ? std::string(name)
             : std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
}

}  // namespace

std::string composed(std::string_view name) {
  return is_ascii(name) ? std::string(name) : mapped(name, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::string case_folded(std::string_view name) {
  if (!is_ascii(name)) {
    return mapped(name, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  }
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(), lowered);
  return folded;
}

bool holds_control(std::string_view name) {
  const auto* next = reinterpret_cast<const utf8proc_uint8_t*>(name.data());
  auto left = static_cast<utf8proc_ssize_t>(name.size());
  while (left > 0) {
    utf8proc_int32_t character = 0;
    const auto length = utf8proc_iterate(next, left, &character);
    if (length <= 0) {
      return false;
    }
    const auto category = utf8proc_category(character);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP) {
      return true;
    }
    next += length;
    left -= length;
  }
  return false;
}

}  // namespace athanor::datasets
