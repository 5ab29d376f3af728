#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What other systems call things that PromptLayer's clients know by an integer.
namespace weir::storage
{

class connection;

enum class external_kind : std::uint8_t { prompt, dataset_group, report };

struct external_name {
    std::string source, id;
};

/// The external ids of a thing, by source.
result<std::vector<external_name>> external_names(connection& db, organization_id organization, external_kind kind,
                                                  std::int64_t thing);

/// Adds one. errc::conflict when another thing of that kind has it.
result<void> put_external_id(connection& db, organization_id organization, external_kind kind,
                             external_name const& what, std::int64_t thing);

} // namespace weir::storage
