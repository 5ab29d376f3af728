#include "gateway/formats/assembly.hpp"
#include "gateway/formats/stream_format.hpp"
#include "gateway/formats/usage_fields.hpp"

#include <boost/json/serialize.hpp>

#include <map>

namespace weir::gateway::formats
{
namespace
{

void read_message(json::object const& message, reading& into)
{
    if (auto const model = text_at(&message, "model"); !model.empty()) into.model = clean_text(model, most_name_bytes);
    if (auto const reason = text_at(&message, "stop_reason"); !reason.empty())
        into.finish_reason = clean_text(reason, most_name_bytes);
}

/// One content block as its deltas make it.
struct block_assembly {
    json::object block;
    std::string partial_json; // of a tool's input, which is JSON only when it is whole

    void take(json::object const& delta)
    {
        auto const type = text_at(&delta, "type");
        if (type == "input_json_delta") {
            partial_json += text_at(&delta, "partial_json");
        } else if (type == "citations_delta") {
            auto& citations = block["citations"];
            if (!citations.is_array()) citations.emplace_array();
            if (auto const* citation = value_at(&delta, "citation")) citations.get_array().push_back(*citation);
        } else { // text, thinking, signature, and what may come: the member to which a text belongs has its name
            for (auto const& member : delta)
                if (member.key() != "type" && member.value().is_string())
                    append_text(block, member.key(), member.value().get_string());
        }
    }

    json::object finished() &&
    {
        if (!partial_json.empty()) {
            auto parsed = parse_json(partial_json);
            block["input"] = parsed ? std::move(*parsed) : json::value(partial_json); // cut: what came of it
        }
        return std::move(block);
    }
};

/// Whether a block is content as soon as it opens: a tool call has a name then, a text is still empty.
bool opens_with_content(json::object const* block)
{
    auto const type = text_at(block, "type");
    if (type == "text" || type == "thinking") return !text_at(block, type).empty();
    return !type.empty();
}

class anthropic final : public stream_format
{
public:
    bool take(json::object const& event, std::string_view, reading& into) override
    {
        auto const type = text_at(&event, "type");
        auto const index = count_at(&event, "index").value_or(0);
        if (type == "message_start") {
            if (auto const* message = object_at(&event, "message")) message_ = *message;
            read_message(message_, into);
            if (auto const* usage = object_at(&message_, "usage")) put_members(usage_, *usage);
        } else if (type == "content_block_start") {
            auto const* block = object_at(&event, "content_block");
            if (block) blocks_[index].block = *block;
            return opens_with_content(block);
        } else if (type == "content_block_delta") {
            auto const* delta = object_at(&event, "delta");
            if (delta) blocks_[index].take(*delta);
            return !text_at(delta, "text").empty() || !text_at(delta, "thinking").empty() ||
                   !text_at(delta, "partial_json").empty();
        } else if (type == "message_delta") {
            take_message_delta(event, into);
        } else if (type == "message_stop") {
            into.final_event_seen = true;
        } else if (type == "completion") {
            return take_completion(event, into);
        }
        return false;
    }

    void finish(reading& into) override
    {
        if (!blocks_.empty() || message_.contains("content")) {
            auto& content = message_["content"].emplace_array();
            for (auto& [index, block] : blocks_) content.push_back(std::move(block).finished());
        }
        if (!usage_.empty()) {
            read_anthropic_usage(usage_, into);
            message_["usage"] = std::move(usage_);
        }
        into.assembled = json::serialize(message_);
    }

private:
    void take_message_delta(json::object const& event, reading& into)
    {
        auto const* delta = object_at(&event, "delta");
        if (delta) put_members(message_, *delta);
        read_message(message_, into);
        // The counts are cumulative, but a delta may leave out, or give as null, what the start has said.
        if (auto const* usage = object_at(&event, "usage")) put_members(usage_, *usage);
        for (auto const& member : event)
            if (member.key() != "type" && member.key() != "delta" && member.key() != "usage")
                message_[member.key()] = member.value();
    }

    /// The older text completions.
    bool take_completion(json::object const& event, reading& into)
    {
        auto const text = text_at(&event, "completion");
        for (auto const& member : event)
            if (member.key() != "completion") message_[member.key()] = member.value();
        append_text(message_, "completion", text);
        read_message(event, into);
        if (!text_at(&event, "stop_reason").empty()) into.final_event_seen = true;
        return !text.empty();
    }

    json::object message_;
    json::object usage_;
    std::map<std::int64_t, block_assembly> blocks_;
};

} // namespace

void read_anthropic(json::object const& body, reading& into)
{
    read_message(body, into);
    if (auto const* usage = object_at(&body, "usage")) read_anthropic_usage(*usage, into);
}

std::unique_ptr<stream_format> anthropic_stream() { return std::make_unique<anthropic>(); }

} // namespace weir::gateway::formats
