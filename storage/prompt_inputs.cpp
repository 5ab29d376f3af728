#include "storage/prompt_inputs.hpp"

#include "storage/collect.hpp"
#include "storage/requests.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_SELECT_INPUTS                                                                                             \
    "SELECT id,source_request_id,inputs,auto_inputs,created_us,coalesce(source_row_id,0) FROM prompt_input "           \
    "WHERE prompt_version_id=?1 AND organization_id=?2 AND source_request_id IS NOT NULL ORDER BY "

result<std::vector<prompt_input>> read_inputs(connection& db, organization_id organization, uuid const& version,
                                              input_query const& query)
{
    auto found = query.at_random ? db.query(WEIR_SELECT_INPUTS "random() LIMIT ?3", version, organization, query.most)
                                 : db.query(WEIR_SELECT_INPUTS "created_us DESC,number DESC LIMIT ?3", version,
                                            organization, query.most);
    return collect(std::move(found), [](rows const& row) {
        return prompt_input{.id = row.get<uuid>(0),
                            .source_request = row.get<uuid>(1),
                            .inputs = row.get<std::string>(2),
                            .auto_inputs = row.get<std::string>(3),
                            .created_us = row.get<std::int64_t>(4),
                            .source_row = row.get<row_id>(5)};
    });
}

} // namespace

result<std::vector<prompt_input>> query_inputs(connection& db, organization_id organization, uuid const& version,
                                               input_query const& query)
{
    auto all = read_inputs(db, organization, version, query);
    if (!all) return all.error();
    std::size_t bytes = 0;
    for (auto& one : *all) {
        auto kept = find_bodies(db, one.source_row);
        if (!kept && kept.error() != errc::not_found) return kept.error();
        if (kept) one.content = std::move(*kept);
        bytes += one.inputs.size() + one.auto_inputs.size();
        if (one.content) bytes += one.content->request.size() + one.content->response.size();
        if (bytes > query.most_bytes) return make_error_code(errc::too_large);
    }
    return all;
}

result<std::string> newest_auto_inputs(connection& db, uuid const& version)
{
    auto const found = first_value<std::string>(
        db.query("SELECT auto_inputs FROM prompt_input WHERE prompt_version_id=?1 AND source_request_id IS NOT NULL "
                 "ORDER BY created_us DESC,number DESC LIMIT 1",
                 version));
    if (!found && found.error() == errc::not_found) return std::string("[]");
    return found;
}

} // namespace weir::storage
