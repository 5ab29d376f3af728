#pragma once

#include "storage/requests.hpp"

namespace weir::storage
{

/// Rows of one organisation, newest first, without what was said of them since.
inline result<std::vector<request_record>> newest_requests(connection& db, organization_id organization,
                                                           std::int64_t limit, std::int64_t offset)
{
    request_query query;
    query.limit = limit;
    query.offset = offset;
    auto found = query_requests(db, organization, query);
    if (!found) return found.error();
    std::vector<request_record> records;
    for (auto& row : *found) records.push_back(std::move(row.record));
    return records;
}

} // namespace weir::storage
