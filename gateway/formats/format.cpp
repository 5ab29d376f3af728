#include "gateway/formats/format.hpp"

#include "gateway/formats/cut_body.hpp"
#include "gateway/formats/errors.hpp"
#include "gateway/formats/events.hpp"
#include "gateway/formats/json_values.hpp"
#include "gateway/formats/stream_format.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <array>

namespace weir::gateway::formats
{
namespace
{

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_case)
{
    return text.size() >= lower_case.size() &&
           std::equal(lower_case.begin(), lower_case.end(), text.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
           });
}

/// From the response, not from what was asked for: an error to a streaming call is a plain document. The first bytes
/// overrule the header, which gateways get wrong.
framing framing_of(call_view const& call)
{
    auto const beginning = without_preamble(call.body);
    auto const type = trimmed(call.content_type);
    for (std::string_view field : {"data:", "event:", "id:", "retry:"})
        if (beginning.starts_with(field)) return framing::sse;
    if (starts_with_ignoring_case(type, "text/event-stream"))
        return beginning.starts_with('{') || beginning.starts_with('[') ? framing::none : framing::sse;
    for (std::string_view lines :
         {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl"})
        if (starts_with_ignoring_case(type, lines)) return framing::lines;
    if (call.status < 400 && beginning.starts_with('[') && call.path.find("treamGenerateContent") != call.path.npos)
        return framing::json_array;
    return framing::none;
}

/// The events of one response, read by the format that the first event with a known shape calls for.
class stream_reading
{
public:
    stream_reading(call_view const& call, reading& into)
        : call_{call}
        , into_{into}
    {
        into_.is_stream = true;
    }

    /// Reads what there is of the stream; `is_beginning` when offsets are those of the body.
    void read(event_reader events, bool is_beginning)
    {
        for (event e; events.next(e);) {
            bool const content = take(e);
            if (content && is_beginning && !into_.first_content_end) into_.first_content_end = e.end;
        }
        if (events.array_closed()) into_.final_event_seen = true;
    }

    void finish()
    {
        if (format_) format_->finish(into_);
        if (!call_.tail.empty() && !into_.used.known() && read_cut_body(call_, into_))
            into_.final_event_seen = into_.final_event_seen || call_.ended; // the last event, too large to be kept
    }

private:
    bool take(event const& e)
    {
        if (trimmed(e.data) == "[DONE]" || e.name == "done") {
            into_.final_event_seen = true;
            return false;
        }
        json::monotonic_resource memory{buffer_.data(), buffer_.size()};
        auto const parsed = parse_json(e.data, &memory);
        auto const* object = parsed ? parsed->if_object() : nullptr;
        if (!object) return false;

        read_stated_error(*object, into_);
        if (!format_) format_ = stream_of(shape_of(*object, e.name), call_);
        return format_ && format_->take(*object, e.name, into_);
    }

    call_view const& call_;
    reading& into_;
    std::unique_ptr<stream_format> format_;
    std::array<unsigned char, 4096> buffer_; // for the parse of one small event
};

void read_stream(call_view const& call, framing how, reading& into)
{
    stream_reading stream{call, into};
    stream.read(event_reader{how, call.body}, true);
    if (!call.tail.empty()) stream.read(event_reader::from_middle(how, call.tail), false);
    stream.finish();
    if (call.status >= 400 && into.error_message.empty()) read_failure(nullptr, call.body, into);
}

void read_document(json::object const& body, call_view const& call, reading& into)
{
    switch (shape_of(body)) {
    case shape::chat: return read_chat(body, call, into);
    case shape::responses: return read_responses(body, call, into);
    case shape::anthropic: return read_anthropic(body, into);
    case shape::gemini: return read_gemini(body, call, into);
    case shape::cohere: return read_cohere(body, into);
    case shape::ollama: return read_ollama(body, into);
    case shape::media:
    case shape::threads:
    case shape::unknown: break;
    }
    read_other(body, call, into);
}

bool looks_like_json(std::string_view body)
{
    auto const beginning = without_preamble(body);
    return beginning.starts_with('{') || beginning.starts_with('[');
}

void read_plain(call_view const& call, reading& into)
{
    std::array<unsigned char, 16UL * 1024> buffer;
    json::monotonic_resource memory{buffer.data(), buffer.size()};
    std::optional<json::value> parsed;
    if (call.tail.empty() && looks_like_json(call.body)) parsed = parse_json(call.body, &memory);
    if (call.status >= 400) read_failure(parsed ? &*parsed : nullptr, call.body, into);

    if (auto const* object = parsed ? parsed->if_object() : nullptr) {
        if (call.status < 400) read_stated_error(*object, into); // some vendors fail with a 200
        read_document(*object, call, into);
    } else if (!parsed && looks_like_json(call.body)) {
        read_cut_body(call, into);
    }
    if (call.status < 400) read_speech(call, into);
}

/// Endpoints that nobody charges for. What a token count reports was not consumed.
bool is_free(std::string_view path)
{
    for (std::string_view part : {"/moderations", "/count_tokens", ":countTokens", "/input_tokens"})
        if (path.find(part) != path.npos) return true;
    return false;
}

/// How large the searches of a call may be: the request alone says so, for the whole call or on its search tool.
pricing::search_size searched_size(json::value const* request)
{
    auto const* body = request ? request->if_object() : nullptr;
    auto size = text_at(object_at(body, "web_search_options"), "search_context_size");
    if (auto const* tools = array_at(body, "tools"))
        for (auto const& tool : *tools)
            if (size.empty()) size = text_at(tool.if_object(), "search_context_size");
    if (size == "low") return pricing::search_size::low;
    return size == "high" ? pricing::search_size::high : pricing::search_size::medium;
}

} // namespace

reading read_response(call_view const& call)
{
    reading result;
    if (auto const how = framing_of(call); how != framing::none)
        read_stream(call, how, result);
    else
        read_plain(call, result);

    if (result.used.web_searches > 0) result.used.searched = searched_size(call.request);
    if (call.path.find("/batches") != call.path.npos) result.tier = pricing::service_tier::batch;
    if (is_free(call.path)) {
        result.free = true;
        result.used = {};
    }
    return result;
}

} // namespace weir::gateway::formats
