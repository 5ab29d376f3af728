#include "storage/experiment_datasets.hpp"

#include "storage/collect.hpp"
#include "storage/prepared_filter.hpp"
#include "storage/random.hpp"
#include "storage/requests.hpp"
#include "storage/sql.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

/// The id of a row, a UUID of version 7, out of what `first_id` gives: ids that are made together stand together in the
/// index. `||` makes a text of its bytes.
#define WEIR_NEW_ID(first) "CAST(substr(" first ",1,7)||randomblob(1)||x'80'||randomblob(7) AS BLOB)"

/// The first of the ids that a row made at that time may have.
uuid first_id(std::int64_t now_us)
{
    uuid id;
    auto const ms = static_cast<std::uint64_t>(now_us) / 1000;
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<unsigned char>(ms >> (40 - 8 * i));
    id.bytes[6] = 0x70;
    return id;
}

/// The inputs of a call are found by the row that it had; of a call that is gone, only what weir named itself says it.
result<std::optional<row_id>> row_of_source(connection& db, organization_id organization, uuid const& request)
{
    auto const found = find_row(db, organization, request);
    if (!found && found.error() != errc::not_found) return found.error();
    return found ? std::optional(*found) : row_id_of(request);
}

bool names_table(filter const& what, std::string_view table)
{
    if (what.is == filter::kind::condition) return what.condition.table == table;
    return std::ranges::any_of(what.parts, [table](filter const& part) { return names_table(part, table); });
}

/// The filter, of which no condition on calls holds of inputs that had none: not even that something of it is not
/// known.
filter of_calls(filter what)
{
    for (auto& part : what.parts) part = of_calls(std::move(part));
    auto const& asked = what.condition;
    if (what.is != filter::kind::condition || asked.table != "request") return what;
    auto const* const text = std::get_if<std::string>(&asked.operand);
    bool const holds_of_nothing = asked.how == comparison::not_equals || (text && *text == "null");
    if (!holds_of_nothing) return what;
    filter has_call{
        .is = filter::kind::condition,
        .condition = {.table = "request", .column = "path", .how = comparison::not_equals, .operand = "null"}};
    return {.is = filter::kind::all_of, .parts = {std::move(has_call), std::move(what)}};
}

/// Lets each set of inputs of an organisation pass with such a chance that some more than `wanted` do, so that few are
/// shuffled of very many. That fewer do is less likely than 1e-50.
void append_draw(organization_id organization, std::int64_t wanted, sql& to)
{
    to << " AND random()>=(SELECT CAST(9.223372036854775e18-18.44674407370955e18*min(1.0,";
    to.bind(static_cast<double>(wanted) * 1.1 + 1000) << "/max(count(*),1)) AS INTEGER)"
                                                         " FROM prompt_input WHERE organization_id=";
    to.bind(static_cast<std::int64_t>(organization)) << ")";
}

} // namespace

result<std::int64_t> add_inputs(connection& db, organization_id organization, uuid const& dataset, uuid const& id,
                                std::int64_t now_us)
{
    auto const source = row_of_source(db, organization, id);
    if (!source) return source.error();
    auto const done = db.execute(
        "INSERT INTO experiment_dataset_row (id,dataset_id,input_number,created_us) "
        "SELECT " WEIR_NEW_ID("?6") ",?2,number,?5 FROM prompt_input WHERE organization_id=?1"
                                    " AND (id=?3 OR (source_row_id=?4 AND source_request_id=?3)) ORDER BY number",
        organization, dataset, id, *source, now_us, first_id(now_us));
    if (!done) return done.error();
    return db.changes();
}

result<uuid> add_input(connection& db, organization_id organization, uuid const& dataset, uuid const& id,
                       std::int64_t now_us)
{
    return first_value<uuid>(
        db.query("INSERT INTO experiment_dataset_row (id,dataset_id,input_number,created_us) "
                 "SELECT " WEIR_NEW_ID("?5") ",?2,number,?4 FROM prompt_input WHERE organization_id=?1 AND id=?3 "
                                             "RETURNING id",
                 organization, dataset, id, now_us, first_id(now_us)));
}

result<std::int64_t> remove_inputs(connection& db, organization_id organization, uuid const& dataset, uuid const& id)
{
    auto const source = row_of_source(db, organization, id);
    if (!source) return source.error();
    auto const done = db.execute("DELETE FROM experiment_dataset_row WHERE dataset_id=?2 AND (id=?3 OR input_number IN "
                                 "(SELECT number FROM prompt_input WHERE organization_id=?1"
                                 " AND (id=?3 OR (source_row_id=?4 AND source_request_id=?3))))",
                                 organization, dataset, id, *source);
    if (!done) return done.error();
    return db.changes();
}

result<void> add_random_inputs(connection& db, organization_id organization, uuid const& dataset,
                               random_choice const& choice, std::int64_t now_us)
{
    auto const known = with_spellings(db, organization, of_calls(choice.what));
    if (!known) return known.error();
    // Shuffled are numbers alone, out of an index: ids are made for those that were chosen.
    bool const is_joined = names_table(choice.what, "request") || names_table(choice.what, "prompts_versions");
    sql chosen("WITH chosen AS MATERIALIZED (SELECT i.number AS number FROM prompt_input AS i");
    if (names_table(choice.what, "request")) chosen << " LEFT JOIN request AS r ON r.id=i.source_row_id";
    if (names_table(choice.what, "prompts_versions")) chosen << " JOIN prompt_version AS v ON v.id=i.prompt_version_id";
    chosen << " WHERE i.organization_id=";
    chosen.bind(static_cast<std::int64_t>(organization)) << " AND ";
    append_filter(*known, chosen);
    if (!is_joined) append_draw(organization, choice.offset + choice.limit, chosen);
    chosen << " ORDER BY random() LIMIT ";
    chosen.bind(choice.limit) << " OFFSET ";
    chosen.bind(choice.offset) << ") INSERT INTO experiment_dataset_row (id,dataset_id,input_number,created_us) "
                                  "SELECT ";
    chosen.with(WEIR_NEW_ID("?"), first_id(now_us)) << ",";
    chosen.bind(dataset) << ",number,";
    chosen.bind(now_us) << " FROM chosen";
    auto done = db.query(chosen);
    if (!done) return done.error();
    done->next();
    if (done->error()) return done->error();
    return {};
}

result<void> require_prompt_version(connection& db, organization_id organization, uuid const& id)
{
    auto const found = is_any(db.query(
        "SELECT 1 FROM prompt_version WHERE id=?1 AND organization_id=?2 AND deleted_us IS NULL", id, organization));
    if (!found) return found.error();
    if (!*found) return make_error_code(errc::not_found);
    return {};
}

result<uuid> create_inputs(connection& db, organization_id organization, new_inputs const& made, std::int64_t now_us)
{
    std::optional<row_id> source;
    if (made.source_request) {
        auto const found = find_row(db, organization, *made.source_request);
        if (!found) return found.error();
        source = *found;
    }
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done =
        db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                   "source_request_id,source_row_id,created_us) VALUES (?1,?2,?3,?4,'[]',?5,?6,?7)",
                   *id, organization, made.prompt_version, made.inputs, made.source_request, source, now_us);
    if (!done) return done.error();
    return *id;
}

result<std::vector<dataset_input>> list_inputs(connection& db, uuid const& dataset, std::int64_t most)
{
    return collect(db.query("SELECT d.id,i.id,i.inputs,i.auto_inputs,i.source_request_id,i.source_row_id,"
                            "i.prompt_version_id,i.created_us FROM experiment_dataset_row AS d "
                            "JOIN prompt_input AS i ON i.number=d.input_number "
                            "WHERE d.dataset_id=?1 ORDER BY d.number LIMIT ?2",
                            dataset, most),
                   [](rows const& row) {
                       return dataset_input{.dataset_row_id = row.get<uuid>(0),
                                            .id = row.get<uuid>(1),
                                            .inputs = row.get<std::string>(2),
                                            .auto_inputs = row.get<std::string>(3),
                                            .source_request = row.get<std::optional<uuid>>(4),
                                            .source_row = row.get<std::optional<row_id>>(5),
                                            .prompt_version = row.get<uuid>(6),
                                            .created_us = row.get<std::int64_t>(7)};
                   });
}

} // namespace weir::storage
