#include "api/endpoints.hpp"
#include "api/promptlayer/blueprints.hpp"
#include "api/promptlayer/call_filters.hpp"
#include "api/promptlayer/paging.hpp"
#include "api/read_json.hpp"
#include "pricing/cost.hpp"
#include "storage/call_search.hpp"
#include "storage/connection.hpp"
#include "storage/numbers.hpp"

#include <array>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct request_by_number_request {
    std::int64_t request_id = 0;
};
BOOST_DESCRIBE_STRUCT(request_by_number_request, (), (request_id))

struct key_and_value {
    std::string key, value;
};
BOOST_DESCRIBE_STRUCT(key_and_value, (), (key, value))

struct name_and_score {
    std::string name;
    std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(name_and_score, (), (name, value))

struct request_answer {
    bool success = true;
    json::value prompt_blueprint;
    std::int64_t request_id = 0;
    std::string provider, model;
    nullable<std::int64_t> input_tokens, output_tokens, tokens;
    nullable<double> price;
    std::string request_start_time, request_end_time;
    double latency_ms = 0;
    std::string status;
    nullable<std::string> error_type, error_message;
    std::vector<std::string> tags;
    metadata_map metadata;
    std::vector<name_and_score> scores;
    bool starred = false;
    nullable<std::string> prompt_name;
    nullable<raw_json> prompt_input_variables;
    std::optional<std::string> trace_id;
};
BOOST_DESCRIBE_STRUCT(request_answer, (),
                      (success, prompt_blueprint, request_id, provider, model, input_tokens, output_tokens, tokens,
                       price, request_start_time, request_end_time, latency_ms, status, error_type, error_message, tags,
                       metadata, scores, starred, prompt_name, prompt_input_variables, trace_id))

struct search_requests_body : call_choice_params {
    std::optional<std::int64_t> page, per_page;
    std::optional<bool> include_prompt_name;
};
BOOST_DESCRIBE_STRUCT(search_requests_body, (call_choice_params), (page, per_page, include_prompt_name))

struct search_requests_request {
    std::optional<search_requests_body> body;
};
BOOST_DESCRIBE_STRUCT(search_requests_request, (), (body))

struct found_request {
    std::int64_t id = 0;
    std::string engine, provider_type;
    nullable<std::int64_t> input_tokens, output_tokens;
    nullable<double> price;
    std::string request_start_time, request_end_time;
    double latency = 0; ///< seconds
    std::string status;
    std::vector<std::string> tags_array;
    std::vector<key_and_value> metadata;
    std::vector<name_and_score> scores;
    std::optional<nullable<std::string>> prompt_name;
};
BOOST_DESCRIBE_STRUCT(found_request, (),
                      (id, engine, provider_type, input_tokens, output_tokens, price, request_start_time,
                       request_end_time, latency, status, tags_array, metadata, scores, prompt_name))

struct search_requests_answer {
    bool success = true;
    std::vector<found_request> items;
    std::int64_t page = 1, pages = 0, per_page = 10, total = 0;
    bool has_next = false, has_prev = false;
    nullable<std::int64_t> next_num, prev_num;
};
BOOST_DESCRIBE_STRUCT(search_requests_answer, (),
                      (success, items, page, pages, per_page, total, has_next, has_prev, next_num, prev_num))

enum class suggested_field {
    engine,
    provider_type,
    status,
    tags,
    metadata_keys,
    metadata_values,
    tool_names,
    output_keys,
    input_variable_keys
};
BOOST_DESCRIBE_ENUM(suggested_field, engine, provider_type, status, tags, metadata_keys, metadata_values, tool_names,
                    output_keys, input_variable_keys)

struct request_suggestions_request {
    suggested_field field{};
    std::optional<std::string> prefix, metadata_key;
    std::optional<std::int64_t> prompt_id;
    std::optional<std::string> filter_group;
};
BOOST_DESCRIBE_STRUCT(request_suggestions_request, (), (field, prefix, metadata_key, prompt_id, filter_group))

struct request_suggestions_answer {
    bool success = true;
    std::vector<std::string> values;
};
BOOST_DESCRIBE_STRUCT(request_suggestions_answer, (), (success, values))

struct request_analytics_body : call_choice_params {
    std::optional<std::string> metadata_cost_breakdown_key;
};
BOOST_DESCRIBE_STRUCT(request_analytics_body, (call_choice_params), (metadata_cost_breakdown_key))

struct request_analytics_request {
    std::optional<request_analytics_body> body;
};
BOOST_DESCRIBE_STRUCT(request_analytics_request, (), (body))

struct request_totals {
    std::int64_t requests = 0, errors = 0, input_tokens = 0, output_tokens = 0, tokens = 0;
    double cost = 0, average_latency_ms = 0;
};
BOOST_DESCRIBE_STRUCT(request_totals, (),
                      (requests, errors, input_tokens, output_tokens, tokens, cost, average_latency_ms))

struct day_totals : request_totals {
    std::string timestamp;
};
BOOST_DESCRIBE_STRUCT(day_totals, (request_totals), (timestamp))

struct totals_by_name : request_totals {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(totals_by_name, (request_totals), (name))

struct latency_percentiles {
    double p50 = 0, p90 = 0, p95 = 0, p99 = 0, max = 0;
};
BOOST_DESCRIBE_STRUCT(latency_percentiles, (), (p50, p90, p95, p99, max))

struct request_analytics_answer {
    bool success = true;
    request_totals totals;
    std::vector<day_totals> stats;
    std::vector<totals_by_name> most_used_models, providers;
    latency_percentiles latency_ms;
    std::optional<std::vector<totals_by_name>> metadata_cost_breakdown;
};
BOOST_DESCRIBE_STRUCT(request_analytics_answer, (),
                      (success, totals, stats, most_used_models, providers, latency_ms, metadata_cost_breakdown))

namespace
{

constexpr std::int64_t most_requests_per_page = 25;
constexpr double us_of_ms = 1e3, us_of_second = 1e6;

std::optional<double> price_of(storage::request_record const& row)
{
    if (!row.cost.nanos) return std::nullopt;
    return static_cast<double>(*row.cost.nanos) / pricing::nanos_of_dollar;
}

std::string status_of(storage::call_with_tracking const& call)
{
    if (call.said.status) return *call.said.status;
    auto const status = call.row.record.status;
    return (status >= 200 && status < 300) || status == 101 ? "SUCCESS" : "ERROR";
}

std::vector<name_and_score> scores_of(storage::request_row const& row)
{
    std::vector<name_and_score> scores;
    for (auto const& one : row.scores) scores.push_back({one.key, one.value});
    return scores;
}

json::value json_of(std::string const& text)
{
    json::value parsed;
    if (parse_json(text, parsed, "body")) return nullptr;
    return parsed;
}

struct shown_call {
    storage::call_with_tracking call;
    storage::bodies content;
};

storage::result<shown_call> read_call(storage::connection& db, storage::organization_id whose, std::int64_t number)
{
    auto const id = storage::numbered_thing(db, whose, storage::numbered::request, number);
    if (!id) return id.error();
    auto call = storage::find_call(db, whose, *id);
    if (!call) return call.error();
    auto content = storage::find_bodies(db, call->row.record.id);
    if (!content && content.error() != storage::errc::not_found) return content.error();
    return shown_call{std::move(*call), content ? std::move(*content) : storage::bodies()};
}

request_answer answer_of(std::int64_t number, shown_call const& shown)
{
    auto const& [call, content] = shown;
    auto const& row = call.row.record;
    request_answer answer;
    answer.prompt_blueprint =
        blueprint_of_call(json_of(content.request), json_of(content.response), row.provider, row.model);
    answer.request_id = number;
    answer.provider = row.provider;
    answer.model = row.model;
    answer.input_tokens = row.used.prompt;
    answer.output_tokens = row.used.completion;
    if (row.used.total)
        answer.tokens = row.used.total;
    else if (row.used.prompt && row.used.completion)
        answer.tokens = *row.used.prompt + *row.used.completion;
    answer.price = price_of(row);
    answer.request_start_time = time_text(row.created_us);
    answer.request_end_time = time_text(row.ended_us);
    answer.latency_ms = static_cast<double>(row.ended_us - row.created_us) / us_of_ms;
    answer.status = status_of(call);
    answer.error_type = call.said.error_type;
    answer.error_message = call.said.error_message;
    if (!answer.error_message.value && !row.error_message.empty()) answer.error_message = row.error_message;
    answer.tags = call.row.tags;
    answer.metadata = metadata_map(row.properties.begin(), row.properties.end());
    answer.scores = scores_of(call.row);
    answer.starred = call.row.is_starred;
    answer.prompt_name = call.prompt_name;
    if (call.said.inputs) answer.prompt_input_variables = raw_json{*call.said.inputs};
    answer.trace_id = call.trace_id;
    return answer;
}

asio::awaitable<result<bare<request_answer>>> one_request(request_by_number_request asked, services& with)
{
    auto const query = [whose = with.organization, number = asked.request_id](storage::connection& db) {
        return read_call(db, whose, number);
    };
    auto const found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("there is no such request");
    if (!found) co_return found.error();
    co_return bare<request_answer>{answer_of(asked.request_id, *found)};
}

found_request item_of(storage::call_with_tracking const& call, bool with_prompt)
{
    auto const& row = call.row.record;
    found_request item;
    item.engine = row.model;
    item.provider_type = row.provider;
    item.input_tokens = row.used.prompt;
    item.output_tokens = row.used.completion;
    item.price = price_of(row);
    item.request_start_time = time_text(row.created_us);
    item.request_end_time = time_text(row.ended_us);
    item.latency = static_cast<double>(row.ended_us - row.created_us) / us_of_second;
    item.status = status_of(call);
    item.tags_array = call.row.tags;
    for (auto const& [key, value] : row.properties) item.metadata.push_back({key, value});
    item.scores = scores_of(call.row);
    if (with_prompt) item.prompt_name = nullable<std::string>(call.prompt_name);
    return item;
}

struct found_requests {
    std::vector<storage::call_with_tracking> calls;
    std::int64_t total = 0;
};

asio::awaitable<result<bare<search_requests_answer>>> search_requests(search_requests_request asked, services& with)
{
    auto const params = asked.body ? std::move(*asked.body) : search_requests_body();
    auto search = read_choice(params);
    if (!search) co_return search.error();
    auto const page = read_page(params.page, params.per_page, most_requests_per_page, "body");
    if (!page) co_return page.error();
    search->limit = page->per_page;
    search->offset = page->offset();
    auto const query = [whose = with.organization,
                        search = std::move(*search)](storage::connection& db) -> storage::result<found_requests> {
        auto const total = storage::count_calls(db, whose, search);
        if (!total) return total.error();
        auto calls = storage::search_calls(db, whose, search);
        if (!calls) return calls.error();
        return found_requests{std::move(*calls), *total};
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();

    std::vector<storage::uuid> ids;
    for (auto const& call : found->calls) ids.push_back(call.row.record.request_id);
    auto const number = [whose = with.organization, ids = std::move(ids)](storage::connection& db) {
        return storage::numbers_of(db, whose, storage::numbered::request, ids);
    };
    auto const numbers = co_await with.store.write(number);
    if (!numbers) co_return numbers.error();
    search_requests_answer answer;
    for (std::size_t i = 0; i < found->calls.size(); ++i) {
        answer.items.push_back(item_of(found->calls[i], params.include_prompt_name.value_or(false)));
        answer.items.back().id = (*numbers)[i];
    }
    put_page(*page, found->total, answer);
    answer.next_num = page->next(found->total);
    answer.prev_num = page->previous();
    answer.has_next = answer.next_num.value.has_value();
    answer.has_prev = answer.prev_num.value.has_value();
    co_return bare<search_requests_answer>{std::move(answer)};
}

storage::call_field field_of(suggested_field field)
{
    using f = storage::call_field;
    constexpr std::array fields{f::engine,     f::provider_type, f::status,
                                f::tags,       f::metadata_keys, f::metadata,
                                f::tool_names, f::output_keys,   f::input_variable_keys};
    return fields[static_cast<std::size_t>(field)];
}

asio::awaitable<result<bare<request_suggestions_answer>>> request_suggestions(request_suggestions_request asked,
                                                                              services& with)
{
    constexpr std::size_t longest_text = 1024;
    storage::suggestion_query what;
    what.field = field_of(asked.field);
    if (asked.field == suggested_field::metadata_values) {
        if (!asked.metadata_key) co_return unprocessable("metadata_key: is required for metadata_values", "query");
        if (auto const bad = problem_with_value("metadata_key", *asked.metadata_key, longest_text)) co_return *bad;
        what.key = *asked.metadata_key;
    }
    if (asked.prefix) {
        if (auto const bad = problem_with_value("prefix", *asked.prefix, longest_text)) co_return *bad;
        what.prefix = *asked.prefix;
    }
    if (asked.filter_group) {
        json::value group;
        if (auto const bad = parse_json(*asked.filter_group, group, "filter_group"))
            co_return unprocessable(*bad, "query");
        auto filter = read_filter_group(group, "filter_group");
        if (!filter) co_return filter.error();
        what.what.parts.push_back(std::move(*filter));
    }
    if (asked.prompt_id) {
        storage::call_filter of_prompt;
        of_prompt.is = storage::call_filter::kind::condition;
        of_prompt.condition.field = storage::call_field::prompt_id;
        of_prompt.condition.how = storage::call_operator::is;
        of_prompt.condition.operands.emplace_back(*asked.prompt_id);
        what.what.parts.push_back(std::move(of_prompt));
    }
    auto const query = [whose = with.organization, what = std::move(what)](storage::connection& db) {
        return storage::suggest_values(db, whose, what);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return found.error();
    co_return bare<request_suggestions_answer>{{true, std::move(*found)}};
}

void put_totals(storage::call_totals const& from, request_totals& to)
{
    to.requests = from.requests;
    to.errors = from.errors;
    to.input_tokens = from.input_tokens;
    to.output_tokens = from.output_tokens;
    to.tokens = from.input_tokens + from.output_tokens;
    to.cost = from.cost;
    to.average_latency_ms = from.latency_ms;
}

std::vector<totals_by_name> named(std::vector<storage::named_totals> const& from)
{
    std::vector<totals_by_name> made;
    for (auto const& one : from) {
        put_totals(one, made.emplace_back());
        made.back().name = one.name;
    }
    return made;
}

asio::awaitable<result<bare<request_analytics_answer>>> request_analytics(request_analytics_request asked,
                                                                          services& with)
{
    constexpr std::size_t longest_text = 1024;
    auto const params = asked.body ? std::move(*asked.body) : request_analytics_body();
    auto search = read_choice(params);
    if (!search) co_return search.error();
    auto const& key = params.metadata_cost_breakdown_key;
    if (key)
        if (auto const bad = problem_with_value("metadata_cost_breakdown_key", *key, longest_text)) co_return *bad;
    auto const query = [whose = with.organization, search = std::move(*search), key](storage::connection& db) {
        return storage::analyse_calls(db, whose, search, key);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    request_analytics_answer answer;
    put_totals(found->all, answer.totals);
    for (auto const& one : found->days) {
        put_totals(one, answer.stats.emplace_back());
        answer.stats.back().timestamp = time_text(std::stoll(one.name));
    }
    answer.most_used_models = named(found->models);
    answer.providers = named(found->providers);
    auto const& l = found->latency;
    answer.latency_ms = {l.p50, l.p90, l.p95, l.p99, l.most};
    if (key) answer.metadata_cost_breakdown = named(found->by_value);
    co_return bare<request_analytics_answer>{std::move(answer)};
}

constexpr endpoint request_entries[] = {
    get<one_request>("/api/public/v2/requests/{request_id}", "GetTrackedRequest", "One recorded call"),
    post<search_requests>("/api/public/v2/requests/search", "SearchRequests", "Recorded calls that pass a filter"),
    get<request_suggestions>("/api/public/v2/requests/suggestions", "SuggestRequestValues",
                             "Values that a field of recorded calls has"),
    post<request_analytics>("/api/public/v2/requests/analytics", "AnalyseRequests", "What recorded calls come to"),
};
static_assert(each_is_unique(request_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_request_endpoints{"PromptLayer requests", promptlayer::request_entries, false,
                                                    dialect::promptlayer};

} // namespace weir::api
