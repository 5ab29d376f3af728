#include "gateway/record_maker.hpp"

#include "gateway/call_headers.hpp"
#include "gateway/decoded_body.hpp"
#include "gateway/exchange.hpp"
#include "gateway/formats/format.hpp"
#include "gateway/formats/realtime.hpp"
#include "gateway/prompts_taken.hpp"
#include "gateway/websocket/transcript.hpp"
#include "net/text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace weir::gateway
{

namespace json = boost::json;

namespace
{

constexpr std::size_t most_json_depth = 64;

/// A provider's word without the key that weir lent the call, which it may quote.
std::string without_credential(std::string text, std::string_view credential)
{
    if (net::istarts_with(credential, "Bearer ")) credential.remove_prefix(7);
    if (credential.empty()) return text;
    for (auto at = text.find(credential); at != text.npos; at = text.find(credential, at))
        text.replace(at, credential.size(), "REDACTED");
    return text;
}

json::value parse_json(std::string_view text, json::storage_ptr memory)
{
    json::error_code error;
    json::parse_options options;
    options.max_depth = most_json_depth;
    auto value = json::parse(json::string_view(text.data(), text.size()), error, std::move(memory), options);
    if (error) return nullptr;
    return value;
}

/// When the byte before `offset` of the body came.
std::optional<std::int64_t> time_at(capture::mark_list const& marks, std::uint64_t offset)
{
    auto const found =
        std::find_if(marks.begin(), marks.end(), [&](capture::mark const& m) { return m.end >= offset; });
    if (found == marks.end()) return std::nullopt;
    return found->at_us;
}

/// Whether a successful answer at this path says what it used.
bool reports_usage(std::string_view method, std::string_view path)
{
    if (method != "POST") return false;
    static constexpr std::string_view ends[] = {"/chat/completions",     "/completions", "/responses",
                                                "/embeddings",           "/messages",    ":generateContent",
                                                ":streamGenerateContent"};
    return std::any_of(std::begin(ends), std::end(ends), [&](std::string_view e) { return path.ends_with(e); });
}

/// Whether Anthropic's price rules hold, whoever hosts the model.
bool is_anthropic(route const& to, std::string_view model)
{
    return to.format == config::wire_format::anthropic || net::icontains(model, "claude");
}

/// What stands for a body that its author asked not to keep.
std::string omitted_body(std::string const& model) { return json::serialize(json::object{{"model", model}}); }

void copy_headers(call_headers& from, storage::request_record& row)
{
    row.user_id = std::move(from.user_id);
    row.properties = std::move(from.properties);
    row.session_id = std::move(from.session_id);
    row.session_name = std::move(from.session_name);
    row.session_path = std::move(from.session_path);
    row.prompt_id = std::move(from.prompt_id);
    row.prompt_version = std::move(from.prompt_version);
    row.model_override = std::move(from.model_override);
    row.retry_count = from.retry_count;
}

/// Takes over what is known of a call without its bodies.
void copy_facts(exchange const& from, storage::request_record& row)
{
    auto const& route = from.sent_to;
    row.method = from.head.method;
    std::string gateway_key;
    row.path = redacted_target(without_gateway_key(from.head.target, gateway_key));
    row.provider = route.provider;
    if (!route.to.host.empty()) row.target_url = route.to.text() + redacted_target(route.target);
    if (row.warning.empty()) row.warning = net::clean_text(route.warning);
    auto const* const session = from.session ? &*from.session : nullptr;
    row.request_bytes = static_cast<std::int64_t>(session ? session->request_bytes : from.request.total_bytes());
    row.response_bytes = static_cast<std::int64_t>(session ? session->response_bytes : from.response.total_bytes());
    if (session) {
        row.request_messages = static_cast<std::int64_t>(session->request_messages);
        row.response_messages = static_cast<std::int64_t>(session->response_messages);
    }
    if (!from.was_told && !from.response.marks().empty())
        row.time_to_first_byte_us = from.response.marks().front().at_us;
}

/// What the formats read a call from. It views all that it is given.
formats::call_view view_of(exchange const& from, decoded_body const& request, json::value const& request_json,
                           bool is_request_cut, decoded_body const& response)
{
    auto const& route = from.sent_to;
    formats::call_view view;
    view.speaks = route.format;
    view.provider = route.provider;
    view.path = route.path();
    view.query = route.query();
    view.request = request_json.is_null() ? nullptr : &request_json;
    if (is_request_cut) {
        view.request_body = request.text;
        view.request_tail = request.tail;
    }
    view.status = from.upstream_status;
    view.content_type = from.response.content_type();
    view.body = response.is_text ? std::string_view(response.text) : std::string_view();
    view.tail = response.tail;
    view.ended = from.response_ended;
    return view;
}

/// Takes over what the bodies say, but for usage.
void copy_reading(formats::request_reading const& asked, formats::reading const& answered, exchange const& from,
                  storage::request_record& row)
{
    row.request_model = net::clean_text(asked.model);
    row.response_model = net::clean_text(answered.model);
    row.model = !row.model_override.empty()   ? row.model_override
                : !row.response_model.empty() ? row.response_model
                                              : row.request_model;
    if (row.user_id.empty()) row.user_id = net::clean_text(asked.user);
    row.is_stream = from.session || asked.wants_stream || answered.is_stream;
    row.finish_reason = net::clean_text(answered.finish_reason);
    if (row.error_type.empty() && row.error_message.empty()) { // weir's own word stays
        row.error_type = net::clean_text(answered.error_type);
        row.error_message = without_credential(net::clean_text(answered.error_message), from.own_credential);
    }
}

/// Says what a call cost whose usage is known: what somebody told, else by the table.
void price(exchange const& from, formats::call_view const& view, formats::reading const& answered,
           pricing::price_table const& prices, storage::request_record& row)
{
    if (from.told_cost_nanos) {
        row.cost = {.nanos = from.told_cost_nanos, .source = pricing::cost_source::told};
        return;
    }
    bool const is_batch = view.path.find("/batches") != view.path.npos;
    pricing::call const priced{.provider = from.sent_to.provider,
                               .model = row.model,
                               .fallback_model = row.request_model,
                               .started_us = row.created_us,
                               .tier = is_batch ? pricing::service_tier::batch : answered.tier,
                               .anthropic = is_anthropic(from.sent_to, row.model),
                               .local = from.sent_to.local,
                               .free = answered.free,
                               .approximate = answered.approximate_price || !row.stream_error.empty(),
                               .status = row.status,
                               .prompts = answered.prompts};
    row.cost = pricing::cost_of(prices, priced, row.used);
    if (row.cost.approximate) row.cost_flags = "approximate";
    if (row.cost.nanos) row.price_table_version = prices.version();
}

/// What is kept of the bodies, which are moved there, as the row then says.
storage::bodies kept_bodies(exchange const& from, decoded_body& request, decoded_body& response,
                            formats::reading& answered, call_headers const& headers, record_maker::options const& how,
                            storage::request_record& row)
{
    storage::bodies content;
    row.request_truncated = from.is_request_partial || request.is_cut || request.text.size() > how.max_body;
    row.response_truncated = response.is_cut || response.text.size() > how.max_body;
    row.has_body = row.request_bytes > 0 || row.response_bytes > 0;
    if (how.raw_streams && answered.is_stream) content.raw_stream = response.text;
    bool const was_assembled = answered.is_stream && !answered.assembled.empty();
    content.request = std::move(request.text);
    content.response = std::move(was_assembled ? answered.assembled : response.text);
    content.request.resize(std::min(content.request.size(), how.max_body));
    content.response.resize(std::min(content.response.size(), how.max_body));
    if (headers.omit_request) content.request = omitted_body(row.request_model);
    if (headers.omit_response) {
        content.response = omitted_body(row.response_model.empty() ? row.request_model : row.response_model);
        content.raw_stream.clear();
    }
    return content;
}

/// Takes the prompt of a call that names one, and reached a provider with it.
void keep_prompt(exchange const& from, formats::call_view const& view, bool is_request_cut, call_headers const& headers,
                 storage::request_record& row)
{
    bool const reached_provider = from.upstream_status > 0 || from.was_told;
    bool const is_kept = !row.prompt_id.empty() && reached_provider && !from.session && !headers.omit_request &&
                         (headers.prompt_mode.empty() || headers.prompt_mode == "production");
    if (is_kept && view.request)
        row.prompt = take_prompt(view, headers, row);
    else if (is_kept && is_request_cut && !from.is_request_partial && row.warning.empty())
        row.warning = "the request is longer than gateway.max_logged_body: nothing of its prompt was kept";
}

} // namespace

record_maker::record_maker(std::string hash_key, options how, metrics::registry& metrics)
    : options_(std::move(how))
    , credential_hashes_(std::move(hash_key))
    , requests_(metrics.counters("weir_requests_total", "Calls by provider, model and class of status.",
                                 {"provider", "model", "status_class"}))
    , tokens_(
          metrics.counters("weir_tokens_total", "Tokens by provider, model and kind.", {"provider", "model", "kind"}))
    , unpriced_(
          metrics.counters("weir_unpriced_total", "Calls with usage for whose model no price is known.", {"provider"}))
    , bodies_dropped_(metrics.counters("weir_bodies_dropped_total", "Calls recorded without their bodies.", {"reason"}))
    , cost_(metrics.counters("weir_cost_dollars_total", "Cost in US dollars.", {"provider", "model"}))
    , duration_(metrics.single_histogram("weir_request_duration_seconds",
                                         "Time of a call but for websockets, from its head to its last byte."))
    , first_token_(metrics.single_histogram("weir_time_to_first_token_seconds",
                                            "Streams: time to the first event with content."))
    , overhead_(
          metrics.single_histogram("weir_overhead_seconds", "What weir itself added before a response's first byte."))
{
    bodies_dropped_.with({"memory"});
}

void record_maker::use(options how)
{
    std::scoped_lock const lock(mutex_);
    options_ = std::move(how);
}

std::shared_ptr<pricing::price_table const> record_maker::prices()
{
    std::scoped_lock const lock(mutex_);
    return options_.prices;
}

std::pair<storage::request_record, storage::bodies> record_maker::make(exchange& from)
{
    auto const how = [this] {
        std::scoped_lock const lock(mutex_);
        return options_;
    }();
    auto row = std::move(from.row);
    auto headers = read_call_headers(from.head);
    copy_headers(headers, row);
    copy_facts(from, row);
    if (!from.own_credential.empty()) headers.credential = from.own_credential;
    if (!headers.credential.empty()) row.provider_auth_hash = credential_hashes_.of(headers.credential).substr(0, 32);

    auto* const session = from.session ? &*from.session : nullptr;
    auto request = session ? decode_transcript(from.request, how.max_body) : decode(from.request, how.max_body);
    auto response = session ? decode_transcript(from.response, how.max_body) : decode(from.response, how.max_body);
    std::array<unsigned char, 16UL * 1024> buffer; // the usual request fits
    json::monotonic_resource memory(buffer.data(), buffer.size());
    bool const is_request_cut = !session && request.is_text && (request.is_cut || from.is_request_partial);
    auto const asked_text = session ? websocket::first_message(from.request.text()) : std::string_view(request.text);
    json::value const request_json = is_request_cut ? json::value() : parse_json(asked_text, &memory);
    auto const view = view_of(from, request, request_json, is_request_cut, response);

    auto asked = formats::read_request(view);
    if (session && asked.model.empty()) asked.model = formats::model_in_query(view.query);
    auto answered = session                    ? std::move(session->said)
                    : from.upstream_status > 0 ? formats::read_response(view)
                                               : formats::reading{};
    copy_reading(asked, answered, from, row);
    if (!from.was_told && answered.first_content_end)
        row.time_to_first_token_us = time_at(response.marks, *answered.first_content_end);
    if (!session && is_told_again(row.method, answered)) {
        answered.used = {};
        answered.free = true;
    }
    row.used = answered.used;
    row.usage_missing = row.status >= 200 && row.status < 300 && !answered.free && !row.used.known() &&
                        answered.background_id.empty() && reports_usage(row.method, view.path);
    price(from, view, answered, *how.prices, row);

    storage::bodies content;
    if (from.request.is_refused() || from.response.is_refused())
        row.body_missing = "memory";
    else
        content = kept_bodies(from, request, response, answered, headers, how, row);
    keep_prompt(from, view, is_request_cut, headers, row);
    if (!from.is_open) count(row, from);
    return {std::move(row), std::move(content)};
}

bool record_maker::is_told_again(std::string_view method, formats::reading const& answer)
{
    if (!answer.used.known()) return false;
    auto const& id = answer.background_id;
    if (id.empty()) return method != "POST";
    if (std::find(told_.begin(), told_.end(), id) != told_.end()) return true;
    told_.push_back(id);
    if (told_.size() > most_told) told_.pop_front();
    return false;
}

record_maker::call_series& record_maker::series_of(std::string const& provider, std::string const& model, int status)
{
    series_key_.assign(provider).append(1, '\n').append(model).append(1, '\n').append(
        1, status < 0 ? '-' : static_cast<char>('0' + status / 100));
    if (auto const found = series_.find(series_key_); found != series_.end()) return found->second;
    if (series_.size() == metrics::family<metrics::counter>::max_series) series_.clear();
    auto& fresh = series_[series_key_];
    auto const status_class = status < 0 ? std::string("none") : std::to_string(status / 100) + "xx";
    fresh.requests = &requests_.with({provider, model, status_class});
    return fresh;
}

void record_maker::count(storage::request_record const& row, exchange const& from)
{
    // Anyone can name any model; only a name that a provider accepted, or that has a price, becomes a label.
    static std::string const no_model;
    bool const is_session = from.session.has_value();
    bool const was_accepted = (from.upstream_status >= 200 && from.upstream_status < 300) || is_session;
    bool const accepted = from.was_told ? row.cost.nanos.has_value() : was_accepted;
    auto const& model = accepted ? row.model : no_model;
    auto& series = series_of(row.provider, model, row.status);
    series.requests->add();
    std::optional<std::int64_t> const tokens[] = {row.used.prompt, row.used.completion, row.used.cache_read,
                                                  row.used.cache_write, row.used.reasoning};
    for (std::size_t i = 0; i < call_series::kinds.size(); ++i) {
        if (tokens[i].value_or(0) <= 0) continue;
        if (!series.tokens[i]) series.tokens[i] = &tokens_.with({row.provider, model, call_series::kinds[i]});
        series.tokens[i]->add(static_cast<double>(*tokens[i]));
    }
    if (row.cost.nanos.value_or(0) > 0) {
        if (!series.cost) series.cost = &cost_.with({row.provider, model});
        series.cost->add(static_cast<double>(*row.cost.nanos) * 1e-9);
    }
    if (row.cost.unpriced) unpriced_.with({row.provider}).add();
    if (!row.body_missing.empty()) bodies_dropped_.with({row.body_missing}).add();

    constexpr double micro = 1e-6;
    if (!is_session) duration_.observe(static_cast<double>(row.ended_us - row.created_us) * micro);
    if (!from.was_told) overhead_.observe(static_cast<double>(row.overhead_us) * micro);
    if (row.time_to_first_token_us) first_token_.observe(static_cast<double>(*row.time_to_first_token_us) * micro);
}

} // namespace weir::gateway
