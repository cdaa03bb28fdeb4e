#pragma once

#include <locale.h>

namespace athanor::datasets {

/// Makes this thread read and write names as UTF-8 for as long as it lives. libarchive converts
/// names to the locale's character set, and a server runs in the C locale.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) {
      former_ = uselocale(locale_);
    }
  }

  ~Utf8Locale() {
    if (locale_ != nullptr) {
      uselocale(former_);
      freelocale(locale_);
    }
  }

  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t former_ = nullptr;
};

}  // namespace athanor::datasets
