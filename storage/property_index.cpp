#include "storage/property_index.hpp"

#include "log/log.hpp"
#include "storage/collect.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

/// What the name of each index begins with; the property's follows.
constexpr std::string_view prefix = "request_by_property ";

} // namespace

bool is_plain_property(std::string_view name)
{
    constexpr std::size_t longest = 64;
    return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

std::string property_expression(std::string_view column, std::string_view name)
{
    return "json_extract(" + std::string(column) + ",'$.\"" + std::string(name) + "\"')";
}

result<bool> has_property_index(connection& db, std::string_view name)
{
    return is_any(
        db.query("SELECT 1 FROM sqlite_schema WHERE type='index' AND name=?1", std::string(prefix).append(name)));
}

result<void> index_properties(connection& db, std::vector<std::string> const& names)
{
    auto const there = collect_column<std::string>(
        db.query("SELECT substr(name,length(?1)+1) FROM sqlite_schema WHERE type='index' AND name LIKE ?1||'%'"
                 " ORDER BY name",
                 prefix));
    if (!there) return there.error();
    for (auto const& name : *there) {
        if (std::ranges::find(names, name) != names.end()) continue;
        log::info("dropping the index of the property " + name);
        if (auto done = db.execute_script("DROP INDEX \"" + std::string(prefix) + name + '"'); !done) return done;
    }
    for (auto const& name : names) {
        if (std::ranges::find(*there, name) != there->end()) continue;
        log::info("making an index of the property " + name + "; it takes a while where there are many calls");
        auto const value = property_expression("properties", name);
        auto const done = db.execute_script("CREATE INDEX \"" + std::string(prefix) + name + "\" ON request (" + value +
                                            ",organization_id) WHERE " + value + " IS NOT NULL");
        if (!done) return done;
    }
    return {};
}

} // namespace weir::storage
