#include "storage/external_ids.hpp"

#include "storage/collect.hpp"

#include <string_view>

namespace weir::storage
{
namespace
{

std::string_view name_of(external_kind kind)
{
    switch (kind) {
    case external_kind::prompt: return "prompt";
    case external_kind::dataset_group: return "dataset_group";
    case external_kind::report: return "report";
    }
    return "";
}

} // namespace

result<std::vector<external_name>> external_names(connection& db, organization_id organization, external_kind kind,
                                                  std::int64_t thing)
{
    return collect(db.query("SELECT source,external_id FROM external_id WHERE organization_id=?1 AND kind=?2 "
                            "AND thing=?3 ORDER BY source,external_id",
                            organization, name_of(kind), thing),
                   [](rows const& row) {
                       return external_name{row.get<std::string>(0), row.get<std::string>(1)};
                   });
}

result<void> put_external_id(connection& db, organization_id organization, external_kind kind,
                             external_name const& what, std::int64_t thing)
{
    auto const known = first_value<std::int64_t>(
        db.query("SELECT thing FROM external_id WHERE organization_id=?1 AND kind=?2 AND source=?3 AND external_id=?4",
                 organization, name_of(kind), what.source, what.id));
    if (known && *known == thing) return {};
    if (known) return make_error_code(errc::conflict);
    if (known.error() != errc::not_found) return known.error();
    return db.execute("INSERT INTO external_id (organization_id,kind,source,external_id,thing) VALUES (?1,?2,?3,?4,?5)",
                      organization, name_of(kind), what.source, what.id, thing);
}

} // namespace weir::storage
