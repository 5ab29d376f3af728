#include "gateway/formats/assembly.hpp"
#include "gateway/formats/errors.hpp"
#include "gateway/formats/stream_format.hpp"
#include "gateway/formats/usage_fields.hpp"

#include <boost/json/serialize.hpp>

#include <map>

namespace weir::gateway::formats
{
namespace
{

std::int64_t searches_in(json::object const& response)
{
    std::int64_t count = 0;
    if (auto const* output = array_at(&response, "output"))
        for (auto const& item : *output) count += text_at(item.if_object(), "type") == "web_search_call";
    return count;
}

void read_model(json::object const* response, reading& into)
{
    if (auto const model = text_at(response, "model"); !model.empty()) into.model = clean_text(model, most_name_bytes);
}

/// Everything that a whole response object says.
void read_whole(json::object const& response, call_view const& call, reading& into)
{
    read_model(&response, into);
    read_openai_tier(response, into);
    auto reason = text_at(object_at(&response, "incomplete_details"), "reason");
    if (reason.empty()) reason = text_at(&response, "status");
    if (!reason.empty()) into.finish_reason = clean_text(reason, most_name_bytes);
    if (object_at(&response, "error")) read_stated_error(response, into);
    if (true_at(&response, "background")) into.background_id = clean_text(text_at(&response, "id"), most_name_bytes);
    if (auto const* usage = object_at(&response, "usage")) {
        read_openai_usage(*usage, call, into.used);
        if (auto const searches = searches_in(response)) into.used.web_searches = searches;
    }
}

/// Where a delta belongs within its item: in the item itself, or in an element of one of its lists.
struct delta_place {
    std::string_view event;
    std::string_view list;      ///< empty: in the item itself
    std::string_view index;     ///< the event's member with the place in the list
    std::string_view part_type; ///< of an element that no event has announced
    std::string_view member;
};
constexpr delta_place delta_places[] = {
    {"response.output_text.delta", "content", "content_index", "output_text", "text"},
    {"response.refusal.delta", "content", "content_index", "refusal", "refusal"},
    {"response.reasoning_text.delta", "content", "content_index", "reasoning_text", "text"},
    {"response.reasoning_summary_text.delta", "summary", "summary_index", "summary_text", "text"},
    {"response.function_call_arguments.delta", "", "", "", "arguments"},
    {"response.mcp_call_arguments.delta", "", "", "", "arguments"},
    {"response.custom_tool_call_input.delta", "", "", "", "input"},
    {"response.code_interpreter_call_code.delta", "", "", "", "code"},
};

delta_place const* place_of(std::string_view type)
{
    for (auto const& place : delta_places)
        if (place.event == type) return &place;
    return nullptr;
}

class responses final : public stream_format
{
public:
    explicit responses(call_view const& call)
        : call_{call}
    {
    }

    bool take(json::object const& event, std::string_view, reading& into) override
    {
        auto const type = text_at(&event, "type");
        if (auto const* response = object_at(&event, "response")) {
            read_model(response, into);
            response_ = *response;
            if (type == "response.completed" || type == "response.incomplete" || type == "response.failed" ||
                type == "response.cancelled") {
                into.final_event_seen = true;
                read_whole(response_, call_, into);
            }
            return false;
        }
        if (auto const* place = place_of(type)) return take_delta(event, *place);
        if (type == "response.output_item.added" || type == "response.output_item.done") {
            auto const* item = object_at(&event, "item");
            if (item) items_[count_at(&event, "output_index").value_or(0)] = *item;
            // A message opens empty; a tool call is one from its beginning.
            auto const kind = text_at(item, "type");
            return !kind.empty() && kind != "message" && kind != "reasoning";
        }
        if (type == "response.content_part.added") take_part(event, "content", "content_index");
        if (type == "response.reasoning_summary_part.added") take_part(event, "summary", "summary_index");
        return type.ends_with("partial_image");
    }

    void finish(reading& into) override
    {
        auto& output = response_["output"];
        if (!output.is_array()) output.emplace_array();
        if (output.get_array().empty()) // a cut stream: what came of it
            for (auto& [index, item] : items_) output.get_array().push_back(std::move(item));
        into.assembled = json::serialize(response_);
    }

private:
    json::array& list_of(json::object const& event, std::string_view list)
    {
        auto& member = items_[count_at(&event, "output_index").value_or(0)][list];
        if (!member.is_array()) member.emplace_array();
        return member.get_array();
    }

    bool take_delta(json::object const& event, delta_place const& place)
    {
        auto const text = text_at(&event, "delta");
        if (place.list.empty()) {
            append_text(items_[count_at(&event, "output_index").value_or(0)], place.member, text);
            return !text.empty();
        }
        auto* part = element(list_of(event, place.list), count_at(&event, place.index).value_or(0));
        if (!part) return !text.empty();
        if (!part->contains("type")) (*part)["type"] = place.part_type;
        append_text(*part, place.member, text);
        return !text.empty();
    }

    void take_part(json::object const& event, std::string_view list, std::string_view index)
    {
        auto* part = element(list_of(event, list), count_at(&event, index).value_or(0));
        if (auto const* given = object_at(&event, "part"); part && given) *part = *given;
    }

    call_view const& call_;
    json::object response_; // the last one that came: of response.created, or of the terminal event
    std::map<std::int64_t, json::object> items_;
};

} // namespace

void read_responses(json::object const& body, call_view const& call, reading& into) { read_whole(body, call, into); }

std::unique_ptr<stream_format> responses_stream(call_view const& call) { return std::make_unique<responses>(call); }

} // namespace weir::gateway::formats
