#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"

#include <optional>

/// What a filter must know of the record before it becomes SQL.
namespace weir::storage
{

class connection;

/// The filter with the spellings in which the calls of an organisation, or of any, have the properties that it names.
/// They differ where an HTTP library changes the case of headers, as that of OpenAI's SDK for Node does.
result<filter> with_spellings(connection& db, std::optional<organization_id> whose, filter what);

/// The same, narrowed by the index of bodies (storage/body_index.hpp), for queries of an organisation's calls and of
/// what they are grouped by.
result<filter> prepared_for_groups(connection& db, organization_id organization, filter what);

/// The same for queries of calls alone: what is the same for all calls of the organisation has its answer already.
result<filter> prepared(connection& db, organization_id organization, filter what);

} // namespace weir::storage
