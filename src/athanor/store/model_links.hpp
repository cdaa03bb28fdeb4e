#pragma once

#include <span>

#include "athanor/store/connection.hpp"
#include "athanor/store/records.hpp"

/// The datasets and the pretrained model that models refer to.
namespace athanor::store {

/// Whether all that the record links to still exists; the error names the field.
[[nodiscard]] Status check_links(Connection& connection, const ModelRecord& record);

/// Replaces the stored dataset links by those of the record.
void write_links(Connection& connection, const ModelRecord& record);

/// Fills in the dataset links of records just read.
void read_links(Connection& connection, std::span<ModelRecord> records);

}  // namespace athanor::store
