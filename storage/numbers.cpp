#include "storage/numbers.hpp"

#include "storage/collect.hpp"

namespace weir::storage
{
namespace
{

std::string_view name_of(numbered kind)
{
    switch (kind) {
    case numbered::request: return "request";
    case numbered::prompt: return "prompt";
    case numbered::prompt_version: return "prompt_version";
    }
    return "";
}

} // namespace

result<std::vector<std::int64_t>> numbers_of(connection& db, organization_id organization, numbered kind,
                                             std::span<uuid const> things)
{
    std::vector<std::int64_t> numbers;
    numbers.reserve(things.size());
    for (auto const& thing : things) {
        auto const number = number_of(db, organization, kind, thing);
        if (!number) return number.error();
        numbers.push_back(*number);
    }
    return numbers;
}

result<std::int64_t> number_of(connection& db, organization_id organization, numbered kind, uuid const& thing)
{
    auto const known = first_value<std::int64_t>(
        db.query("SELECT number FROM number WHERE organization_id=?1 AND kind=?2 AND thing=?3", organization,
                 name_of(kind), thing));
    if (known || known.error() != errc::not_found) return known;
    return first_value<std::int64_t>(
        db.query("INSERT INTO number (organization_id,kind,thing) VALUES (?1,?2,?3) RETURNING number", organization,
                 name_of(kind), thing));
}

result<uuid> numbered_thing(connection& db, organization_id organization, numbered kind, std::int64_t number)
{
    return first_value<uuid>(db.query("SELECT thing FROM number WHERE number=?1 AND organization_id=?2 AND kind=?3",
                                      number, organization, name_of(kind)));
}

} // namespace weir::storage
