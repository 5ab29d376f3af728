#pragma once

#include "storage/candidates.hpp"
#include "storage/collect.hpp"
#include "storage/pruning.hpp"
#include "storage/row_groups.hpp"
#include "tests/storage/filtering.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::storage
{

/// The table of most columns of calls, as filters name it.
inline constexpr std::string_view rmt = "request_response_rmt";

inline filter of_path(std::string const& path) { return where("request", "path", comparison::equals, path); }
inline filter of_tier(std::string const& tier) { return where("properties", "", comparison::equals, tier, "Tier"); }

/// Rows in groups, and questions about them.
struct grouping : filtering {
    pruning_pace pace;

    grouping()
    {
        pace.pause = [](std::chrono::milliseconds) { return true; };
    }

    /// Rows `first` to `last`, as `change` makes them.
    template <class Change>
    void add(std::int64_t first, std::int64_t last, Change change)
    {
        std::vector<request_record> records;
        for (auto id = first; id <= last; ++id) change(records.emplace_back(minimal(id)));
        BOOST_REQUIRE(insert(db, std::move(records)).has_value());
    }
    void add(std::int64_t first, std::int64_t last)
    {
        add(first, last, [](auto&) {});
    }

    void group_all()
    {
        for (;;) {
            auto const grouped = group_some_rows(db);
            BOOST_REQUIRE(grouped.has_value());
            if (*grouped == 0) return;
        }
    }

    /// As one large group, of at least 8192 rows.
    void group_as_one()
    {
        run("DELETE FROM ungrouped_rows;"
            "INSERT INTO ungrouped_rows (row_ids) SELECT json_group_array(id) FROM request"
            " WHERE id>(SELECT coalesce(max(last_row),0) FROM row_group)");
        group_all();
    }

    std::int64_t number(std::string_view query) { return first_value<std::int64_t>(db.query(query)).value(); }

    /// All candidates, and the calls that are newer than all groups; none where a search looks at all calls.
    std::optional<ids> candidates_of(filter const& what, organization_id organization = default_organization)
    {
        auto found = candidates::find(db, organization, what);
        BOOST_REQUIRE(found.has_value());
        if (!*found) return std::nullopt;
        auto all = collect_column<std::int64_t>(
                       db.query("SELECT id FROM request WHERE id>?1 ORDER BY id DESC", (*found)->last_grouped()))
                       .value();
        for (;;) {
            auto const some = (*found)->next(1000);
            BOOST_REQUIRE(some.has_value());
            if (some->empty()) return all;
            for (auto const id : *some) all.push_back(static_cast<std::int64_t>(id));
        }
    }

    /// The page of the newest that pass.
    ids newest(filter const& what, std::int64_t limit, std::int64_t offset = 0)
    {
        request_query query;
        query.what = what;
        query.limit = limit;
        query.offset = offset;
        auto const found = query_requests(db, default_organization, query);
        BOOST_REQUIRE(found.has_value());
        ids keys;
        for (auto const& row : *found) keys.push_back(static_cast<std::int64_t>(row.record.id));
        return keys;
    }

    /// That pages and counts under filters are what SQL says of the rows. Returns how many of them groups narrow.
    std::size_t compare_with_rows(std::vector<filter> const& filters)
    {
        constexpr std::int64_t all_rows = 20'000;
        std::size_t narrowed = 0;
        for (auto const& what : filters) {
            sql asked("SELECT r.id FROM request AS r WHERE ");
            append_filter(what, asked);
            asked << " ORDER BY r.id DESC";
            auto const expected = collect_column<std::int64_t>(db.query(asked)).value();
            BOOST_TEST_CONTEXT(asked.text())
            {
                BOOST_TEST(newest(what, all_rows) == expected, boost::test_tools::per_element());
                BOOST_TEST(count_requests(db, default_organization, what).value() == std::ssize(expected));
                auto const found = candidates_of(what);
                if (!found) continue;
                ++narrowed;
                BOOST_TEST(std::ranges::includes(*found, expected, std::greater()));
            }
        }
        return narrowed;
    }
};

} // namespace weir::storage
