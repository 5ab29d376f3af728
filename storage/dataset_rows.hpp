#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// The rows of datasets that are copies of calls.
namespace weir::storage
{

class connection;

struct dataset_row {
    uuid id, origin_request_id;
    std::int64_t created_us = 0;
};

/// Of a row: JSON texts.
struct row_bodies {
    std::string request, response;
};

/// `origin`: the call that the bodies were copied from. It need not be there any more.
result<void> add_row(connection& db, uuid const& dataset, uuid const& origin, row_bodies const& content,
                     std::int64_t now_us);

/// errc::not_found when the dataset has no such row; so with the next.
result<void> remove_row(connection& db, uuid const& dataset, uuid const& row);
result<void> change_row(connection& db, uuid const& dataset, uuid const& row, row_bodies const& content);

/// Newest first.
result<std::vector<dataset_row>> list_rows(connection& db, uuid const& dataset, std::int64_t offset,
                                           std::int64_t limit);
result<std::int64_t> count_rows(connection& db, uuid const& dataset);

/// The bodies of a row of any live dataset of the organisation; errc::not_found when there is none.
result<row_bodies> find_row_bodies(connection& db, organization_id organization, uuid const& row);

/// Hands the rows behind `after`, oldest first, to `use` until that returns false, and moves `after`. Whether there may
/// be more: rows are handed over in steps, between which others have a turn.
result<bool> walk_rows(connection& db, uuid const& dataset, std::int64_t& after,
                       std::function<bool(uuid const& origin, row_bodies const&)> const& use);

} // namespace weir::storage
