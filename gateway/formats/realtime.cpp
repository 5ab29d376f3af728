#include "gateway/formats/realtime.hpp"

#include "gateway/formats/cut_body.hpp"
#include "gateway/formats/errors.hpp"
#include "gateway/formats/json_values.hpp"
#include "gateway/formats/stream_format.hpp"
#include "gateway/formats/usage_fields.hpp"
#include "net/text.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <array>

namespace weir::gateway::formats
{
namespace
{

/// The events that end a response, of OpenAI's realtime API and of Responses.
constexpr std::string_view response_ends[] = {"response.done", "response.completed", "response.incomplete",
                                              "response.failed", "response.cancelled"};

bool ends_response(std::string_view type)
{
    return std::find(std::begin(response_ends), std::end(response_ends), type) != std::end(response_ends);
}

/// Whether an event can be one that matters. Within a text of JSON the quotes would be escaped.
bool may_matter(std::string_view event)
{
    for (std::string_view word : {"\"usage\"", "\"session.", "\"error\"", "\"usageMetadata\""})
        if (event.find(word) != event.npos) return true;
    return false;
}

std::int64_t sum(std::int64_t a, std::int64_t b) { return plus(a, b).value_or(0); }

void add(pricing::usage& to, pricing::usage const& more)
{
    for (auto const member :
         {&pricing::usage::prompt, &pricing::usage::prompt_reported, &pricing::usage::completion,
          &pricing::usage::total, &pricing::usage::cache_read, &pricing::usage::cache_write,
          &pricing::usage::cache_write_5m, &pricing::usage::cache_write_1h, &pricing::usage::reasoning,
          &pricing::usage::prompt_audio, &pricing::usage::completion_audio})
        to.*member = plus(to.*member, more.*member);
    for (auto const member : {&pricing::usage::prompt_audio_cached, &pricing::usage::prompt_image,
                              &pricing::usage::completion_image, &pricing::usage::web_searches})
        to.*member = sum(to.*member, more.*member);
    if (more.cost_dollars) to.cost_dollars = to.cost_dollars.value_or(0) + *more.cost_dollars;
}

void read_realtime_model(json::object const* from, reading& into)
{
    if (auto const model = text_at(from, "model"); !model.empty()) into.model = clean_text(model, most_name_bytes);
}

} // namespace

void realtime_tally::take(std::string_view event, std::string_view tail)
{
    if (!tail.empty()) {
        take_cut(event, tail);
        return;
    }
    if (!may_matter(event)) return;
    std::array<unsigned char, 4096> buffer;
    json::monotonic_resource memory{buffer.data(), buffer.size()};
    auto const parsed = parse_json(event, &memory);
    auto const* object = parsed ? parsed->if_object() : nullptr;
    auto const type = text_at(object, "type");
    if (type.starts_with("session.")) read_realtime_model(object_at(object, "session"), result_);
    if (type == "error") read_stated_error(*object, result_);

    call_view call;
    call.provider = provider_;
    reading one;
    if (auto const* usage = type.empty() ? object_at(object, "usageMetadata") : nullptr) { // of Gemini Live
        read_gemini_usage(*usage, one.used);
        add_response({}, std::move(one));
    }
    auto const* response = object_at(object, "response");
    if (!response || !ends_response(type)) return;
    read_responses(*response, call, one);
    if (auto const* details = object_at(response, "status_details")) read_stated_error(*details, one);
    add_response(clean_text(text_at(response, "id"), most_name_bytes), std::move(one));
}

/// An event of which the middle is not there: by what stands at its beginning, and the last usage and tier in it.
void realtime_tally::take_cut(std::string_view event, std::string_view tail)
{
    auto const beginning = event.substr(0, 1024);
    if (!ends_response(first_string_member(beginning, "type"))) return;
    call_view call;
    call.provider = provider_;
    call.body = event;
    call.tail = tail;
    reading one;
    read_cut_body(call, one);
    one.finish_reason = first_string_member(beginning, "status");
    read_openai_tier({{"service_tier", last_string_member(tail, "service_tier")}}, one);
    add_response(first_string_member(beginning, "id"), std::move(one));
}

/// Adds what one response says of itself, unless it was said before.
void realtime_tally::add_response(std::string id, reading one)
{
    if (!id.empty() && id == last_response_) return;
    last_response_ = std::move(id);
    if (!one.model.empty()) result_.model = std::move(one.model);
    if (!one.finish_reason.empty()) result_.finish_reason = std::move(one.finish_reason);
    if (!one.error_type.empty() || !one.error_message.empty()) {
        result_.error_type = std::move(one.error_type);
        result_.error_message = std::move(one.error_message);
    }
    if (!one.used.known()) return;
    add(result_.used, one.used);
    result_.approximate_price |= one.approximate_price || (result_.prompts && one.tier != result_.tier);
    if (!result_.prompts) result_.tier = one.tier;
    auto const length = pricing::prompt_length(one.used);
    auto const before = result_.prompts.value_or(pricing::prompt_range{length, length});
    result_.prompts = {std::min(before.least, length), std::max(before.most, length)};
}

std::string model_in_query(std::string_view query)
{
    for (std::string_view const name : {"model=", "deployment="})
        for (auto rest = query; !rest.empty();) {
            auto const end = rest.find('&');
            auto const parameter = rest.substr(0, end);
            if (parameter.starts_with(name))
                return clean_text(net::percent_decoded(parameter.substr(name.size())), most_name_bytes);
            rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
        }
    return {};
}

} // namespace weir::gateway::formats
