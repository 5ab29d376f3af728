#include "storage/properties.hpp"

#include "net/text.hpp"
#include "pricing/cost.hpp"
#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/requests.hpp"
#include "storage/sql.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

constexpr std::size_t most_found = 25;
constexpr std::int64_t most_costs = 10;

/// The column that a reserved property is also kept in, as an update of it (an empty value is none there, as in a
/// call); none for the others.
std::string_view update_of(std::string_view key)
{
    struct {
        std::string_view key, update;
    } constexpr columns[] = {
        {"Helicone-Session-Id", "UPDATE request SET session_id=nullif(?2,'') WHERE id=?1"},
        {"Helicone-Session-Name", "UPDATE request SET session_name=nullif(?2,'') WHERE id=?1"},
        {"Helicone-Session-Path", "UPDATE request SET session_path=nullif(?2,'') WHERE id=?1"},
        {"Helicone-Prompt-Id", "UPDATE request SET prompt_id=nullif(?2,'') WHERE id=?1"},
    };
    for (auto const& column : columns)
        if (net::iequals(column.key, key)) return column.update;
    return {};
}

result<text_pairs> properties_of(connection& db, row_id row)
{
    auto const text = first_value<std::string>(db.query("SELECT properties FROM request WHERE id=?1", row));
    if (!text) return text.error();
    return pairs_of_json(*text);
}

} // namespace

result<std::vector<std::string>> property_keys(connection& db, organization_id organization)
{
    return collect_column<std::string>(
        db.query("SELECT property_key FROM organization_property WHERE organization_id=?1"
                 " ORDER BY property_key LIMIT ?2",
                 organization, most_property_keys));
}

result<std::vector<std::string>> search_property(connection& db, organization_id organization, std::string_view key,
                                                 std::string_view part)
{
    // Not DISTINCT: all calls would be read before the first value.
    auto found = db.query(
        "SELECT p.value FROM request AS r,json_each(r.properties) AS p"
        " WHERE r.organization_id=?1 AND p.key=?2 COLLATE NOCASE AND weir_like(p.value,?3,1) ORDER BY r.id DESC",
        organization, key, '%' + std::string(part) + '%');
    if (!found) return found.error();
    std::vector<std::string> values;
    while (values.size() < most_found && found->next()) {
        auto value = found->get<std::string>(0);
        if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
    }
    if (found->error()) return found->error();
    return values;
}

result<std::vector<property_cost>> property_costs(connection& db, organization_id organization, std::string_view key,
                                                  time_range const& when)
{
    sql asked("SELECT value,nanos,total(nanos) OVER () FROM (SELECT p.value AS value,"
              "total(r.cost_nanos) AS nanos FROM request AS r,json_each(r.properties) AS p"
              " WHERE r.organization_id=");
    asked.bind(static_cast<std::int64_t>(organization)) << " AND p.key=";
    asked.bind(std::string(key)) << " COLLATE NOCASE";
    append_time_range(when, asked);
    asked << " GROUP BY p.value) ORDER BY nanos DESC,value LIMIT ";
    asked.bind(most_costs);
    auto found = db.query(asked);
    if (!found) return found.error();
    std::vector<property_cost> costs;
    double rest = 0;
    while (found->next()) {
        auto const nanos = found->get<double>(1);
        if (costs.empty()) rest = found->get<double>(2);
        rest -= nanos;
        costs.push_back({found->get<std::string>(0), nanos / pricing::nanos_of_dollar});
    }
    if (found->error()) return found->error();
    if (rest >= 1) costs.push_back({"Other", rest / pricing::nanos_of_dollar}); // less is rounding
    return costs;
}

result<void> set_property(connection& db, organization_id organization, uuid const& request_id, std::string_view key,
                          std::string_view value)
{
    auto const row = find_row(db, organization, request_id);
    if (!row) return row.error();
    auto properties = properties_of(db, *row);
    if (!properties) return properties.error();
    put_property(*properties, key, value);
    if (auto done = db.execute("UPDATE request SET properties=?2 WHERE id=?1", *row, to_json(*properties)); !done)
        return done;
    if (auto const update = update_of(key); !update.empty())
        if (auto done = db.execute(update, *row, value); !done) return done;
    return db.execute("INSERT OR IGNORE INTO organization_property VALUES (?1,?2)", organization, key);
}

} // namespace weir::storage
