#include "storage/trace_rows.hpp"

#include "storage/connection.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

namespace weir::storage
{

result<dataset_version_row> row_of_trace(connection& db, organization_id organization, std::string_view trace_id)
{
    auto found = db.query(
        "WITH s AS (SELECT id,name,span_id,parent_id,kind,started_ns,ended_ns,status,attributes FROM span WHERE "
        "organization_id=?1 AND trace_id=?2 ORDER BY started_ns,id LIMIT 1000),"
        " root AS (SELECT name,attributes FROM s ORDER BY parent_id IS NOT NULL,started_ns,id LIMIT 1)"
        " SELECT json_quote(root.name),"
        "coalesce(json_extract(root.attributes,'$.function_input'),json_extract(root.attributes,'$.input.value'),'null'"
        "),"
        "coalesce(json_extract(root.attributes,'$.function_output'),json_extract(root.attributes,'$.output.value'),'"
        "null'),"
        "(SELECT json_group_array(json_object('name',s.name,'span_id',s.span_id,'parent_id',s.parent_id,"
        "'kind',s.kind,'start_time',CAST(s.started_ns AS TEXT),'end_time',CAST(s.ended_ns AS TEXT),'status',s.status,"
        "'attributes',json(s.attributes))) FROM s) FROM root",
        organization, trace_id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    auto const quoted = [](std::string const& text) { return boost::json::serialize(boost::json::string_view(text)); };
    dataset_version_row row;
    row.cells = {{"trace_id", quoted(std::string(trace_id))},
                 {"name", found->get<std::string>(0)},
                 {"input", quoted(found->get<std::string>(1))},
                 {"output", quoted(found->get<std::string>(2))},
                 {"spans", found->get<std::string>(3)}};
    return row;
}

} // namespace weir::storage
