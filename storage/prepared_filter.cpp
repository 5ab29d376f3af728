#include "storage/prepared_filter.hpp"

#include "storage/body_index.hpp"
#include "storage/collect.hpp"
#include "storage/filter_columns.hpp"

namespace weir::storage
{
namespace
{

/// Of one name; more tell of a mistake, or of a stranger.
constexpr std::int64_t most_spellings = 8;

/// How the calls spell a property, the spelling that was asked for first.
result<std::vector<std::string>> spellings_of(connection& db, std::optional<organization_id> whose,
                                              std::string const& key)
{
    constexpr std::string_view of_one = "SELECT property_key FROM organization_property WHERE organization_id=?3"
                                        " AND property_key=?1 COLLATE NOCASE"
                                        " ORDER BY property_key<>?1,property_key LIMIT ?2",
                               of_all = "SELECT DISTINCT property_key FROM organization_property"
                                        " WHERE property_key=?1 COLLATE NOCASE"
                                        " ORDER BY property_key<>?1,property_key LIMIT ?2";
    return collect_column<std::string>(whose ? db.query(of_one, key, most_spellings, *whose)
                                             : db.query(of_all, key, most_spellings));
}

result<void> add_spellings(connection& db, std::optional<organization_id> whose, filter& what)
{
    for (auto& part : what.parts)
        if (auto const added = add_spellings(db, whose, part); !added) return added;
    auto& one = what.condition;
    bool const is_of_property = what.is == filter::kind::condition && names_property(one);
    if (!is_of_property) return {};
    auto found = spellings_of(db, whose, one.key);
    if (!found) return found.error();
    one.spellings = std::move(*found);
    return {};
}

/// Puts everything, or nothing, in the place of a condition on what all calls of the organisation have in common.
result<void> answer_constants(connection& db, organization_id organization, filter& what)
{
    for (auto& part : what.parts)
        if (auto const answered = answer_constants(db, organization, part); !answered) return answered;
    auto const* column =
        what.is == filter::kind::condition ? find_filter_column(what.condition.table, what.condition.column) : nullptr;
    if (!column || !column->is_constant) return {};
    sql asked("SELECT (");
    append_filter(what, asked);
    asked << ") IS TRUE FROM (SELECT ";
    asked.bind(static_cast<std::int64_t>(organization)) << " AS organization_id) AS r";
    auto const passes = first_value<bool>(db.query(asked));
    if (!passes) return passes.error();
    what = filter{.is = *passes ? filter::kind::everything : filter::kind::any_of};
    return {};
}

} // namespace

result<filter> with_spellings(connection& db, std::optional<organization_id> whose, filter what)
{
    if (auto const added = add_spellings(db, whose, what); !added) return added.error();
    return what;
}

result<filter> prepared_for_groups(connection& db, organization_id organization, filter what)
{
    auto spelled = with_spellings(db, organization, std::move(what));
    if (!spelled) return spelled;
    return narrowed_by_body_index(db, std::move(*spelled));
}

result<filter> prepared(connection& db, organization_id organization, filter what)
{
    if (auto const answered = answer_constants(db, organization, what); !answered) return answered.error();
    return prepared_for_groups(db, organization, std::move(what));
}

} // namespace weir::storage
