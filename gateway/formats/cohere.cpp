#include "gateway/formats/assembly.hpp"
#include "gateway/formats/stream_format.hpp"
#include "gateway/formats/usage_fields.hpp"

#include <boost/json/serialize.hpp>

namespace weir::gateway::formats
{
namespace
{

json::array& list_in(json::object& of, std::string_view key)
{
    auto& member = of[key];
    if (!member.is_array()) member.emplace_array();
    return member.get_array();
}

/// Version 2 of Cohere's chat: events by `type`, each with what it adds to the message at `delta.message`.
class cohere final : public stream_format
{
public:
    bool take(json::object const& event, std::string_view, reading& into) override
    {
        auto const type = text_at(&event, "type");
        auto const* delta = object_at(&event, "delta");
        auto const* added = object_at(delta, "message");
        auto const index = count_at(&event, "index").value_or(0);

        if (type == "message-start") {
            if (auto const* id = value_at(&event, "id")) root_["id"] = *id;
            if (added) message_ = *added;
        } else if (type == "content-start") {
            if (auto const* content = object_at(added, "content"))
                if (auto* part = element(list_in(message_, "content"), index)) *part = *content;
        } else if (type == "content-delta") {
            return take_content(object_at(added, "content"), index);
        } else if (type == "tool-plan-delta") {
            append_text(message_, "tool_plan", text_at(added, "tool_plan"));
            return true;
        } else if (type == "tool-call-start") {
            if (auto const* call = object_at(added, "tool_calls"))
                if (auto* place = element(list_in(message_, "tool_calls"), index)) *place = *call;
            return true;
        } else if (type == "tool-call-delta") {
            take_arguments(object_at(object_at(added, "tool_calls"), "function"), index);
            return true;
        } else if (type == "citation-start") {
            if (auto const* citation = value_at(added, "citations"))
                list_in(message_, "citations").push_back(*citation);
        } else if (type == "message-end" && delta) {
            take_end(*delta, into);
        }
        return false;
    }

    void finish(reading& into) override
    {
        root_["message"] = std::move(message_);
        into.assembled = json::serialize(root_);
    }

private:
    bool take_content(json::object const* piece, std::int64_t index)
    {
        auto* part = element(list_in(message_, "content"), index);
        bool content = false;
        for (std::string_view key : {"text", "thinking"}) {
            auto const text = text_at(piece, key);
            if (text.empty()) continue;
            if (part) append_text(*part, key, text);
            content = true;
        }
        return content;
    }

    void take_arguments(json::object const* function, std::int64_t index)
    {
        auto* call = element(list_in(message_, "tool_calls"), index);
        if (!call) return;
        auto& whole = (*call)["function"];
        if (!whole.is_object()) whole.emplace_object();
        append_text(whole.get_object(), "arguments", text_at(function, "arguments"));
    }

    void take_end(json::object const& delta, reading& into)
    {
        into.final_event_seen = true;
        put_members(root_, delta);
        read_cohere(delta, into);
    }

    json::object root_;
    json::object message_;
};

} // namespace

void read_cohere(json::object const& body, reading& into)
{
    if (auto const reason = text_at(&body, "finish_reason"); !reason.empty())
        into.finish_reason = clean_text(reason, most_name_bytes);
    if (auto const model = text_at(&body, "model"); !model.empty()) into.model = clean_text(model, most_name_bytes);
    for (std::string_view place : {"meta", "usage"}) // embed, rerank and version 1; version 2 of chat
        if (auto const* usage = object_at(&body, place)) read_cohere_usage(*usage, into.used);
}

std::unique_ptr<stream_format> cohere_stream() { return std::make_unique<cohere>(); }

} // namespace weir::gateway::formats
