#include "athanor/http/reason.hpp"

#include <boost/beast/http/status.hpp>

namespace athanor::http {

std::string_view reason_of(int status) {
  if (status == 460) {
    return "Checksum Mismatch";  // Of the tus protocol, which the library does not know.
  }
  const auto text = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

}  // namespace athanor::http
