#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Statements that users keep for later (storage/foreign_query.hpp runs them).
namespace weir::storage
{

class connection;

struct saved_query {
    uuid id;
    std::string organization; ///< its public id
    std::string name, sql;
    std::int64_t created_us = 0, updated_us = 0;
};

inline constexpr std::int64_t most_saved_queries = 1000; ///< of an organisation

/// Those of one organisation, oldest first.
result<std::vector<saved_query>> saved_queries(connection& db, organization_id organization);

/// errc::conflict when the organisation has `most_saved_queries`. In the caller's transaction, as the next.
result<saved_query> add_saved_query(connection& db, organization_id organization, std::string const& name,
                                    std::string const& sql, std::int64_t now_us);

/// errc::not_found when the organisation has no such query.
result<saved_query> change_saved_query(connection& db, organization_id organization, uuid const& id,
                                       std::string const& name, std::string const& sql, std::int64_t now_us);

} // namespace weir::storage
