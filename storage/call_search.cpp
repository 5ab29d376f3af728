#include "storage/call_search.hpp"

#include "pricing/cost.hpp"
#include "storage/candidates.hpp"
#include "storage/collect.hpp"

#include <algorithm>
#include <cmath>

namespace weir::storage
{
namespace
{

#define WEIR_IS_ERROR "(r.status NOT BETWEEN 200 AND 299 AND r.status<>101)"

/// A choice of an organisation's calls, and those that may be among them, as far as groups can tell.
struct known_choice {
    organization_id organization;
    call_choice const& which;
    filter rows;
};

result<known_choice> with_rows(connection& db, organization_id organization, call_choice const& which)
{
    auto rows = rows_that_may_pass(db, organization, part_of_filter(which.what));
    if (!rows) return rows.error();
    return known_choice{.organization = organization, .which = which, .rows = std::move(*rows)};
}

/// " FROM request AS r WHERE …"
void append_choice(known_choice const& choice, sql& to)
{
    auto const& [organization, which, rows] = choice;
    (to << " FROM request AS r WHERE r.organization_id=").bind(static_cast<std::int64_t>(organization)) << " AND ";
    append_filter(rows, to);
    to << " AND ";
    append_call_filter(which.what, to);
    to << " AND ";
    append_words(which.words, to);
}

std::string_view order_of(call_order by)
{
    switch (by) {
    case call_order::request_start_time: return "r.created_us";
    case call_order::input_tokens: return "r.prompt_tokens";
    case call_order::output_tokens: return "r.completion_tokens";
    case call_order::cost: return "r.cost_nanos";
    case call_order::latency_ms: return "r.ended_us-r.created_us";
    case call_order::status: return "r.status";
    }
    return "r.created_us";
}

/// The first text of a query's first row; none where there is none.
result<std::optional<std::string>> text_if_any(result<rows> found)
{
    auto text = first_value<std::string>(std::move(found));
    if (text) return std::optional(std::move(*text));
    if (text.error() == errc::not_found) return std::optional<std::string>();
    return text.error();
}

result<call_with_tracking> with_tracking(connection& db, organization_id organization, request_row row)
{
    call_with_tracking call;
    auto const& request = row.record.request_id;
    auto said = find_tracked(db, organization, request);
    if (!said) return said.error();
    call.said = std::move(*said);
    if (call.said.prompt_version) {
        auto name = text_if_any(db.query("SELECT p.user_defined_id FROM prompt_version AS v"
                                         " JOIN prompt AS p ON p.id=v.prompt_id WHERE v.id=?1",
                                         *call.said.prompt_version));
        if (!name) return name.error();
        call.prompt_name = std::move(*name);
    } else if (!row.record.prompt_id.empty()) {
        call.prompt_name = row.record.prompt_id;
    }
    auto trace = text_if_any(db.query("SELECT trace_id FROM span WHERE organization_id=?1 AND request_id=?2"
                                      " ORDER BY id LIMIT 1",
                                      organization, request));
    if (!trace) return trace.error();
    call.trace_id = std::move(*trace);
    call.row = std::move(row);
    return call;
}

/// "SELECT …"
void append_history_columns(sql& to)
{
    to << "SELECT r.request_id,coalesce(weir_input_text(weir_body(r.body_ref,r.id,0)),''),"
          "coalesce(weir_output_text(weir_body(r.body_ref,r.id,1)),''),";
    append_field_values(call_field::tags, {}, to);
    to << ",coalesce(r.properties,'{}'),coalesce(" << call_inputs_sql << ",'{}')";
}

/// errc::too_large when the rows are more bytes than are left.
result<void> read_history(result<rows> found, std::size_t& left, std::vector<history_row>& to)
{
    if (!found) return found.error();
    while (found->next()) {
        history_row row;
        row.request = found->get<uuid>(0);
        std::size_t bytes = 0;
        int column = 0;
        for (auto* text : {&row.input, &row.output, &row.tags, &row.properties, &row.inputs}) {
            *text = found->get<std::string>(++column);
            bytes += text->size();
        }
        if (bytes > left) return make_error_code(errc::too_large);
        left -= bytes;
        to.push_back(std::move(row));
    }
    if (found->error()) return found->error();
    return {};
}

/// " ORDER BY … LIMIT … OFFSET …"
void append_page(call_search const& search, sql& to)
{
    to << " ORDER BY " << order_of(search.by) << (search.ascending ? " ASC" : " DESC") << ",r.id DESC LIMIT ";
    to.bind(search.limit) << " OFFSET ";
    to.bind(search.offset);
}

/// The columns of totals, from the second one on.
#define WEIR_TOTALS                                                                                                    \
    ",count(*),total(r.prompt_tokens),total(r.completion_tokens),total(" WEIR_IS_ERROR                                 \
    "),total(r.cost_nanos),coalesce(avg((r.ended_us-r.created_us)/1000.0),0)"

named_totals totals_in(rows const& row)
{
    named_totals one;
    one.name = row.get<std::string>(0);
    one.requests = row.get<std::int64_t>(1);
    one.input_tokens = row.get<std::int64_t>(2);
    one.output_tokens = row.get<std::int64_t>(3);
    one.errors = row.get<std::int64_t>(4);
    one.cost = row.get<double>(5) / pricing::nanos_of_dollar;
    one.latency_ms = row.get<double>(6);
    return one;
}

/// What calls come to by a value of theirs, an expression in which `?` stands for the operand; those without one are
/// left out.
result<std::vector<named_totals>> totals_by(connection& db, known_choice const& which, std::string_view value,
                                            std::string_view order, std::int64_t most, std::string const& operand = {})
{
    sql asked("SELECT ");
    asked.with(value, operand) << " AS name" WEIR_TOTALS;
    append_choice(which, asked);
    (asked << " GROUP BY name HAVING name IS NOT NULL ORDER BY " << order << " LIMIT ").bind(most);
    return collect(db.query(asked), totals_in);
}

result<latency_figures> latencies(connection& db, known_choice const& which)
{
    constexpr std::int64_t most = 100'000;
    sql asked("SELECT r.ended_us-r.created_us");
    append_choice(which, asked);
    (asked << " ORDER BY r.id DESC LIMIT ").bind(most);
    auto found = collect_column<std::int64_t>(db.query(asked));
    if (!found) return found.error();
    latency_figures figures;
    if (found->empty()) return figures;
    std::ranges::sort(*found);
    auto const at = [&found](double part) {
        constexpr double us_of_ms = 1000;
        auto const rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(found->size())));
        return static_cast<double>((*found)[std::max<std::size_t>(rank, 1) - 1]) / us_of_ms;
    };
    figures.p50 = at(0.5);
    figures.p90 = at(0.9);
    figures.p95 = at(0.95);
    figures.p99 = at(0.99);
    figures.most = at(1);
    return figures;
}

} // namespace

result<call_with_tracking> find_call(connection& db, organization_id organization, uuid const& request)
{
    auto row = find_request(db, organization, request);
    if (!row) return row.error();
    return with_tracking(db, organization, std::move(*row));
}

result<std::vector<row_id>> find_call_rows(connection& db, organization_id organization, call_search const& search)
{
    auto const choice = with_rows(db, organization, search);
    if (!choice) return choice.error();
    sql asked("SELECT r.id");
    append_choice(*choice, asked);
    append_page(search, asked);
    return collect_column<row_id>(db.query(asked));
}

result<std::vector<call_with_tracking>> search_calls(connection& db, organization_id organization,
                                                     call_search const& search)
{
    auto const ids = find_call_rows(db, organization, search);
    if (!ids) return ids.error();
    std::vector<call_with_tracking> calls;
    for (auto const id : *ids) {
        auto row = find_request(db, organization, id);
        if (!row && row.error() == errc::not_found) continue; // pruned meanwhile
        if (!row) return row.error();
        auto call = with_tracking(db, organization, std::move(*row));
        if (!call) return call.error();
        calls.push_back(std::move(*call));
    }
    return calls;
}

result<std::int64_t> count_calls(connection& db, organization_id organization, call_choice const& which)
{
    auto const choice = with_rows(db, organization, which);
    if (!choice) return choice.error();
    sql asked("SELECT count(*)");
    append_choice(*choice, asked);
    return first_value<std::int64_t>(db.query(asked));
}

result<std::vector<history_row>> find_history(connection& db, organization_id organization, call_search const& search,
                                              std::size_t most_bytes)
{
    auto const choice = with_rows(db, organization, search);
    if (!choice) return choice.error();
    sql asked;
    append_history_columns(asked);
    append_choice(*choice, asked);
    append_page(search, asked);
    std::vector<history_row> found;
    auto left = most_bytes;
    if (auto const done = read_history(db.query(asked), left, found); !done) return done.error();
    return found;
}

result<std::vector<history_row>> find_history(connection& db, organization_id organization,
                                              std::span<uuid const> requests, std::size_t most_bytes)
{
    sql asked;
    append_history_columns(asked);
    asked << " FROM request AS r WHERE r.id=?1";
    std::vector<history_row> found;
    auto left = most_bytes;
    for (auto const& request : requests) {
        auto const row = find_row(db, organization, request);
        if (!row && row.error() == errc::not_found) continue;
        if (!row) return row.error();
        if (auto const done = read_history(db.query(asked.text(), *row), left, found); !done) return done.error();
    }
    return found;
}

result<std::vector<std::string>> suggest_values(connection& db, organization_id organization,
                                                suggestion_query const& query)
{
    constexpr std::int64_t most_looked_at = 10'000;
    auto const choice = with_rows(db, organization, query);
    if (!choice) return choice.error();
    sql asked("SELECT e.value FROM (SELECT ");
    append_field_values(query.field, query.key, asked);
    asked << " AS list";
    append_choice(*choice, asked);
    (asked << " ORDER BY r.id DESC LIMIT ").bind(most_looked_at)
        << ") AS q,json_each(q.list) AS e WHERE weir_like(e.value,";
    asked.bind(literal_pattern(query.prefix) + '%');
    (asked << ",1) GROUP BY e.value ORDER BY count(*) DESC,e.value LIMIT ").bind(query.most);
    return collect_column<std::string>(db.query(asked));
}

result<call_analytics> analyse_calls(connection& db, organization_id organization, call_choice const& which,
                                     std::optional<std::string> const& property)
{
    constexpr std::int64_t most_days = 3660, most_models = 20, most_values = 50;
    auto const choice = with_rows(db, organization, which);
    if (!choice) return choice.error();
    call_analytics made;
    auto all = totals_by(db, *choice, "'all'", "name", 1);
    if (!all) return all.error();
    if (!all->empty()) made.all = all->front();
    struct {
        std::vector<named_totals> call_analytics::*to;
        std::string_view value, order;
        std::int64_t most;
    } const lists[] = {
        {&call_analytics::days, "r.created_us/86400000000*86400000000", "name+0", most_days},
        {&call_analytics::models, "r.model", "count(*) DESC,name", most_models},
        {&call_analytics::providers, "r.provider", "count(*) DESC,name", most_models},
    };
    for (auto const& list : lists) {
        auto found = totals_by(db, *choice, list.value, list.order, list.most);
        if (!found) return found.error();
        made.*list.to = std::move(*found);
    }
    if (property) {
        auto found = totals_by(db, *choice, "(SELECT p.value FROM json_each(r.properties) AS p WHERE p.key=? LIMIT 1)",
                               "total(r.cost_nanos) DESC,name", most_values, *property);
        if (!found) return found.error();
        made.by_value = std::move(*found);
    }
    auto const latency = latencies(db, *choice);
    if (!latency) return latency.error();
    made.latency = *latency;
    return made;
}

} // namespace weir::storage
