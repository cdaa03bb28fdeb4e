#include "athanor/api/openapi.hpp"

#include <gtest/gtest.h>

#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/api/schemas.hpp"

namespace athanor::api {

namespace {

http::Route thing_route() {
  auto route = new_route(http::Method::get, "/things", "list_things", "SYSTEM", "List things");
  route.replies = {{200, "The things", "text/plain", string_schema()}};
  return route;
}

Json operation_of(const http::Route& route) {
  return openapi_document({route}).at("paths").at("/things").at("get");
}

}  // namespace

TEST(OpenapiDocument, ListsAllContentTypesOfAStatus) {
  auto route = thing_route();
  route.replies.push_back({200, "The things as they come", "text/event-stream", string_schema()});

  const auto reply = operation_of(route).at("responses").at("200");

  EXPECT_EQ(reply.at("description"), "The things");
  EXPECT_TRUE(reply.at("content").contains("text/plain"));
  EXPECT_TRUE(reply.at("content").contains("text/event-stream"));
}

TEST(OpenapiDocument, TellsParametersThatARequestNeeds) {
  auto route = thing_route();
  route.query_parameters = {{"name", "Of the thing", string_schema(), true},
                            {"colour", "Of the thing", string_schema()}};

  const auto parameters = operation_of(route).at("parameters");

  EXPECT_TRUE(parameters.at(0).at("required").get<bool>());
  EXPECT_FALSE(parameters.at(1).at("required").get<bool>());
}

TEST(OpenapiDocument, TellsWhatAFileIsAskedForBy) {
  auto route = thing_route();
  add_file_conditions(route);

  const auto replies = operation_of(route).at("responses");

  EXPECT_TRUE(replies.at("206").at("content").contains("text/plain"));
  EXPECT_FALSE(replies.at("304").contains("content"));
  EXPECT_TRUE(replies.at("416").at("content").contains("application/json"));
}

TEST(ComponentSchemas, OfferNoFieldOfAModelThatABodyCannotSet) {
  const auto schemas = component_schemas();

  EXPECT_TRUE(schemas.at("Model").at("properties").contains("additional_id_info"));
  EXPECT_FALSE(schemas.at("ModelRequest").at("properties").contains("additional_id_info"));
}

}  // namespace athanor::api
