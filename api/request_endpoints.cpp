#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "api/helicone_request.hpp"
#include "api/request_types.hpp"
#include "storage/requests.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct query_requests_request {
    request_query_params body;
};
BOOST_DESCRIBE_STRUCT(query_requests_request, (), (body))

struct request_by_id_request {
    std::string requestId;
    std::optional<bool> includeBody;
};
BOOST_DESCRIBE_STRUCT(request_by_id_request, (), (requestId, includeBody))

struct request_ids {
    std::vector<std::string> requestIds;
};
BOOST_DESCRIBE_STRUCT(request_ids, (), (requestIds))

struct requests_by_ids_request {
    request_ids body;
};
BOOST_DESCRIBE_STRUCT(requests_by_ids_request, (), (body))

namespace
{

constexpr std::int64_t default_limit = 10, greatest_page = 1000, farthest_offset = 10000;
constexpr std::int64_t farthest_in_analytics = 1'000'000'000;
constexpr std::size_t most_ids = 1000;

/// The first of the keys of `sort` that is there, in the reference's order of precedence.
void read_sort(sort_leaf_request const& sort, storage::request_query& to)
{
    using order = storage::request_order;
    using direction = std::optional<sort_direction>;
    direction const random = sort.random ? direction(sort_direction::desc) : direction();
    // Nothing comes out of a cache: all are alike there, and come newest first.
    auto const alike = [](direction const& given) { return given ? direction(sort_direction::desc) : direction(); };
    direction const by_cache_time = alike(sort.cache_created_at), by_cached = alike(sort.is_cached);
    using keyed_sort = std::optional<keyed<sort_direction>>;
    auto const first_of = [](keyed_sort const& given) {
        return given && !given->empty() ? direction(given->front().second) : direction();
    };
    direction const by_property = first_of(sort.properties), by_input = first_of(sort.values);
    struct {
        direction const& given;
        order by;
        keyed_sort const* key = nullptr;
    } const keys[] = {
        {random, order::random},
        {by_cache_time, order::time},
        {sort.created_at, order::time},
        {sort.latency, order::latency},
        {sort.total_tokens, order::total_tokens},
        {sort.completion_tokens, order::completion_tokens},
        {sort.prompt_tokens, order::prompt_tokens},
        {sort.user_id, order::user_id},
        {sort.body_model, order::model},
        {by_cached, order::time},
        {sort.request_prompt, order::request_prompt},
        {sort.response_text, order::response_text},
        {by_property, order::property, &sort.properties},
        {sort.cost_usd, order::cost},
        {by_input, order::input, &sort.values},
    };
    for (auto const& key : keys) {
        if (!key.given) continue;
        to.by = key.by;
        to.ascending = key.given == sort_direction::asc;
        if (key.key) to.key = (*key.key)->front().first;
        return;
    }
}

/// `farthest`: the greatest offset.
result<storage::request_query> read_query(request_query_params const& params, std::int64_t farthest)
{
    storage::request_query query;
    query.limit = params.limit.value_or(default_limit);
    query.offset = params.offset.value_or(0);
    if (query.limit < 0 || query.limit > greatest_page) return invalid("invalid limit: limit must be 0 to 1000");
    if (query.offset < 0 || query.offset > farthest)
        return invalid("unsupport offset value: offset must be 0 to " + std::to_string(farthest));
    auto what = read_filter(params.filter, "filter");
    if (!what) return what.error();
    query.what = std::move(*what);
    query.is_scored = params.isScored;
    query.is_part_of_experiment = params.isPartOfExperiment;
    if (params.sort) read_sort(*params.sort, query);
    return query;
}

asio::awaitable<result<std::vector<storage::request_row>>> rows_of(request_query_params const& params,
                                                                   std::int64_t farthest, services& with)
{
    auto query = read_query(params, farthest);
    if (!query) co_return query.error();
    auto const find = [whose = with.organization, query = std::move(*query)](storage::connection& db) {
        return storage::query_requests(db, whose, query);
    };
    auto found = co_await with.store.read(find);
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<std::vector<queried_helicone_request>>> query_requests(query_requests_request asked,
                                                                              services& with)
{
    auto const rows = co_await rows_of(asked.body, farthest_offset, with);
    if (!rows) co_return rows.error();
    request_links const links(with);
    std::vector<queried_helicone_request> shown;
    for (auto const& row : *rows) shown.push_back(queried_helicone_request_of(row, links));
    co_return shown;
}

asio::awaitable<result<std::vector<helicone_request>>> query_analytics(query_requests_request asked, services& with)
{
    auto const rows = co_await rows_of(asked.body, farthest_in_analytics, with);
    if (!rows) co_return rows.error();
    request_links const links(with);
    std::vector<helicone_request> shown;
    for (auto const& row : *rows) shown.push_back(helicone_request_of(row, links));
    co_return shown;
}

asio::awaitable<result<std::int64_t>> count_requests(query_requests_request asked, services& with)
{
    auto what = read_filter(asked.body.filter, "filter");
    if (!what) co_return what.error();
    auto const query = [whose = with.organization, what = std::move(*what)](storage::connection& db) {
        return storage::count_requests(db, whose, what);
    };
    auto const count = co_await with.store.read(query);
    if (!count) co_return count.error();
    co_return *count;
}

/// Ids that are none, and those of rows that are not there, are left out.
asio::awaitable<result<std::vector<helicone_request>>> requests_by_ids(requests_by_ids_request asked, services& with)
{
    if (asked.body.requestIds.size() > most_ids)
        co_return invalid("requestIds: at most " + std::to_string(most_ids) + " at once");
    std::vector<storage::uuid> ids;
    for (auto const& text : asked.body.requestIds)
        if (auto const id = storage::uuid::parse(text)) ids.push_back(*id);
    auto const query = [whose = with.organization, ids = std::move(ids)](storage::connection& db) {
        return storage::find_requests(db, whose, ids);
    };
    auto const rows = co_await with.store.read(query);
    if (!rows) co_return rows.error();
    request_links const links(with);
    std::vector<helicone_request> shown;
    for (auto const& row : *rows) shown.push_back(helicone_request_of(row, links));
    co_return shown;
}

asio::awaitable<result<helicone_request>> request_by_id(request_by_id_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.requestId);
    if (!id) co_return not_found("Request not found");

    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::find_request(db, whose, id);
    };
    auto const row = co_await with.store.read(query);
    if (!row && row.error() == storage::errc::not_found) co_return not_found("Request not found");
    if (!row) co_return row.error();

    auto shown = helicone_request_of(*row, request_links(with));
    if (!asked.includeBody.value_or(false)) co_return shown;

    auto const its_bodies = [id = row->record.id](storage::connection& db) { return storage::find_bodies(db, id); };
    auto kept = co_await with.store.read(its_bodies);
    if (!kept && kept.error() != storage::errc::not_found) co_return kept.error();
    std::optional<storage::bodies> found;
    if (kept) found = std::move(*kept);
    show_bodies(shown, row->record, std::move(found));
    co_return shown;
}

constexpr endpoint request_entries[] = {
    post<query_requests>("/v1/request/query", "GetRequests", "Recorded requests that pass a filter, newest first"),
    post<query_analytics>("/v1/request/query-clickhouse", "GetRequestsClickhouse",
                          "The same, with scores as plain numbers"),
    post<count_requests>("/v1/request/count/query", "GetRequestCount", "How many recorded requests pass a filter"),
    post<requests_by_ids>("/v1/request/query-ids", "GetRequestsByIds", "Recorded requests by their ids"),
    get<request_by_id>("/v1/request/{requestId}", "GetRequestById",
                       "One recorded request, with its bodies if asked for"),
};
static_assert(each_is_unique(request_entries));

} // namespace

constinit group const request_endpoints{"Request", request_entries};

} // namespace weir::api
