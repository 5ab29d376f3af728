#include "api/endpoints.hpp"
#include "api/helicone_request.hpp"
#include "api/request_types.hpp"

#include <optional>

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

namespace
{

constexpr std::int64_t default_limit = 10, greatest_limit = 1000, greatest_offset = 10000;

bool asks_for_all(request_filter const& filter)
{
    if (std::holds_alternative<everything>(filter)) return true;
    auto const* leaf = std::get_if<request_filter_leaf>(&filter);
    return leaf && !leaf->request_response_rmt && !leaf->response && !leaf->request && !leaf->feedback &&
           !leaf->sessions_request_response_rmt && !leaf->properties && !leaf->values;
}

/// The first key of `sort` that this version cannot serve, or nothing.
std::string_view unsupported_key(sort_leaf_request const& sort)
{
    struct {
        bool given;
        std::string_view name;
    } const keys[] = {
        {sort.random.has_value(), "random"},
        {sort.cache_created_at.has_value(), "cache_created_at"},
        {sort.latency.has_value(), "latency"},
        {sort.total_tokens.has_value(), "total_tokens"},
        {sort.completion_tokens.has_value(), "completion_tokens"},
        {sort.prompt_tokens.has_value(), "prompt_tokens"},
        {sort.user_id.has_value(), "user_id"},
        {sort.body_model.has_value(), "body_model"},
        {sort.is_cached.has_value(), "is_cached"},
        {sort.request_prompt.has_value(), "request_prompt"},
        {sort.response_text.has_value(), "response_text"},
        {sort.properties.has_value(), "properties"},
        {sort.values.has_value(), "values"},
        {sort.cost_usd.has_value(), "cost_usd"},
    };
    for (auto const& key : keys)
        if (key.given) return key.name;
    return {};
}

std::optional<failure> refused(request_query_params const& params)
{
    auto const limit = params.limit.value_or(default_limit);
    auto const offset = params.offset.value_or(0);
    if (limit < 0 || limit > greatest_limit) return invalid("invalid limit");
    if (offset < 0 || offset > greatest_offset) return invalid("unsupport offset value");
    if (!asks_for_all(params.filter)) return invalid("filter: only \"all\" is supported by this version");
    if (!params.sort) return {};
    if (auto const key = unsupported_key(*params.sort); !key.empty())
        return invalid("sort." + std::string(key) + ": is not supported yet; leave it out or sort by created_at");
    if (params.sort->created_at == sort_direction::asc)
        return invalid("sort.created_at: only \"desc\" is supported by this version");
    return {};
}

asio::awaitable<result<std::vector<queried_helicone_request>>> query_requests(query_requests_request asked,
                                                                              services& with)
{
    auto const& params = asked.body;
    if (auto why = refused(params)) co_return std::move(*why);

    std::vector<queried_helicone_request> shown;
    // Nothing has a score or belongs to an experiment in this version, so who asks for such rows gets none.
    if (params.isScored.value_or(false) || params.isPartOfExperiment.value_or(false)) co_return shown;

    auto const rows = co_await with.requests.newest(with.organization, params.limit.value_or(default_limit),
                                                    params.offset.value_or(0));
    if (!rows) co_return rows.error();
    shown.reserve(rows->size());
    for (auto const& row : *rows) {
        queried_helicone_request one;
        static_cast<helicone_request_columns&>(one) = columns_of(row);
        shown.push_back(std::move(one));
    }
    co_return shown;
}

asio::awaitable<result<helicone_request>> request_by_id(request_by_id_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.requestId);
    if (!id) co_return not_found("Request not found");

    auto const row = co_await with.requests.find(with.organization, *id);
    if (!row && row.error() == storage::errc::not_found) co_return not_found("Request not found");
    if (!row) co_return row.error();

    helicone_request shown;
    static_cast<helicone_request_columns&>(shown) = columns_of(*row);
    shown.scores.value.emplace(); // none, which here is {} and there null
    if (!asked.includeBody.value_or(false)) co_return shown;

    auto kept = co_await with.requests.bodies(row->id);
    if (kept) {
        shown.request_body = stored_body(std::move(kept->request));
        shown.response_body = stored_body(std::move(kept->response));
    } else if (kept.error() == storage::errc::not_found) {
        auto const why = row->body_missing.empty() ? std::string("no body is kept of this request")
                                                   : "the body was not recorded: " + row->body_missing;
        shown.request_body = body_placeholder(why);
        shown.response_body = shown.request_body;
    } else {
        co_return kept.error();
    }
    co_return shown;
}

constexpr endpoint entries[] = {
    post<query_requests>("/v1/request/query", "GetRequests", "Recorded requests, newest first"),
    get<request_by_id>("/v1/request/{requestId}", "GetRequestById",
                       "One recorded request, with its bodies if asked for"),
};
static_assert(each_is_unique(entries));

} // namespace

constinit group const request_endpoints{"Request", entries};

} // namespace weir::api
