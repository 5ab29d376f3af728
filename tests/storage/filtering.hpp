#pragma once

#include "storage/filter.hpp"
#include "storage/requests.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace weir::storage
{

using ids = std::vector<std::int64_t>;

filter where(std::string_view table, std::string_view column, comparison how,
             std::variant<std::string, double, bool, filter_time> operand, std::string key = {});

/// Questions about rows, by filters.
struct filtering : fresh_database {
    /// The keys of the rows that pass, least first.
    ids passing(filter const& what)
    {
        request_query query;
        query.what = what;
        query.limit = 1000;
        query.ascending = true;
        auto const found = query_requests(db, default_organization, query);
        BOOST_REQUIRE(found.has_value());
        ids keys;
        for (auto const& row : *found) keys.push_back(static_cast<std::int64_t>(row.record.id));
        BOOST_TEST(count_requests(db, default_organization, what).value() == static_cast<std::int64_t>(keys.size()));
        return keys;
    }

    void run(std::string const& sql) { BOOST_REQUIRE(db.execute_script(sql).has_value()); }
};

} // namespace weir::storage
