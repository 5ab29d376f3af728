#pragma once

#include "api/export_steps.hpp"
#include "storage/filter.hpp"
#include "storage/requests.hpp"

#include <cstdint>
#include <string>

namespace weir::storage
{
class connection;
}

namespace weir::api
{

/// All calls of one organisation that pass a filter, oldest first, as text: each a line of JSON, or a record of CSV
/// behind one with the columns' names (docs/export.md). In bounded memory, whatever there is.
class request_export
{
public:
    request_export(storage::organization_id organization, storage::filter what, export_format format)
        : organization_(organization)
        , what_(std::move(what))
        , format_(format)
    {
    }

    /// What comes next: a MiB or a little more, one call if that is longer; perhaps nothing yet. Calls recorded after
    /// the first step have no part in it. To be called until `is_done`. A step takes a quarter of a second, however
    /// few calls pass the filter.
    storage::result<std::string> step(storage::connection& db);

    bool is_done() const { return has_begun_ && at_.is_done(); }

    /// Calls so far, and the row up to which they were looked at.
    std::int64_t calls() const { return calls_; }
    storage::row_id reached() const { return at_.after; }

private:
    void append(storage::request_row const& row, std::optional<storage::bodies> kept, std::string& to);

    storage::organization_id organization_;
    storage::filter what_;
    export_format format_;
    storage::walk_position at_;
    bool has_begun_ = false;
    std::int64_t calls_ = 0;
};

} // namespace weir::api
