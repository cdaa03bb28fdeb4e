#include "athanor/auth/user_id.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/nil_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace athanor::auth {

Uuid user_id_of(std::string_view subject) {
  const boost::uuids::name_generator_sha1 named(boost::uuids::nil_uuid());
  return Uuid::parse(to_string(named(subject.data(), subject.size()))).value();
}

}  // namespace athanor::auth
