#pragma once

#include "support.hpp"

namespace weir::api::test
{

/// A record to which a test adds calls that differ in their ids and times.
struct record_of_requests : stored_record {
    /// The `n`th of them.
    static storage::request_record row(unsigned n)
    {
        auto made = full_row();
        made.id = storage::row_id{n};
        made.request_id = numbered(n);
        made.created_us += n;
        return made;
    }
};

} // namespace weir::api::test
