#include "gateway/formats/assembly.hpp"
#include "gateway/formats/stream_format.hpp"
#include "gateway/formats/usage_fields.hpp"

#include <boost/json/serialize.hpp>

#include <map>

namespace weir::gateway::formats
{
namespace
{

/// What every response object says, whole or one of a stream.
void read_members(json::object const& body, reading& into)
{
    if (auto const model = text_at(&body, "modelVersion"); !model.empty())
        into.model = clean_text(model, most_name_bytes);
    auto const finish = [&](std::string_view reason) {
        if (reason.empty()) return;
        into.finish_reason = clean_text(reason, most_name_bytes);
        into.final_event_seen = true;
    };
    finish(text_at(object_at(&body, "promptFeedback"), "blockReason"));
    if (auto const* candidates = array_at(&body, "candidates"))
        for (auto const& candidate : *candidates) finish(text_at(candidate.if_object(), "finishReason"));
}

bool is_content(json::value const& part)
{
    auto const* object = part.if_object();
    if (!object) return false;
    for (auto const& member : *object) {
        if (member.key() == "thought" || member.key() == "thoughtSignature") continue;
        auto const* text = member.value().if_string();
        if (text ? !text->empty() : !member.value().is_null()) return true;
    }
    return false;
}

bool is_text_alone(json::object const& part)
{
    for (auto const& member : part)
        if (member.key() != "text" && member.key() != "thought") return false;
    auto const* text = value_at(&part, "text");
    return text && text->is_string();
}

/// Adds a part, or continues the last one: texts in a row are one text, unless one is a thought and the other is not.
void add_part(json::array& to, json::value const& part)
{
    auto* last = to.empty() ? nullptr : to.back().if_object();
    auto const* next = part.if_object();
    if (last && next && is_text_alone(*last) && is_text_alone(*next) &&
        true_at(last, "thought") == true_at(next, "thought"))
        append_text(*last, "text", text_at(next, "text"));
    else
        to.push_back(part);
}

struct candidate_assembly {
    json::object candidate;
    json::object content;
    json::array parts;

    bool take(json::object const& piece)
    {
        for (auto const& member : piece)
            if (member.key() != "content" && !member.value().is_null()) candidate[member.key()] = member.value();
        auto const* given = object_at(&piece, "content");
        if (!given) return false;
        for (auto const& member : *given)
            if (member.key() != "parts") content[member.key()] = member.value();

        bool has_content = false;
        if (auto const* list = array_at(given, "parts"))
            for (auto const& part : *list) {
                add_part(parts, part);
                has_content = has_content || is_content(part);
            }
        return has_content;
    }

    json::object finished() &&
    {
        content["parts"] = std::move(parts);
        candidate["content"] = std::move(content);
        return std::move(candidate);
    }
};

class gemini final : public stream_format
{
public:
    bool take(json::object const& event, std::string_view, reading& into) override
    {
        read_members(event, into);
        for (auto const& member : event)
            if (member.key() != "candidates" && !member.value().is_null()) root_[member.key()] = member.value();

        bool content = false;
        if (auto const* candidates = array_at(&event, "candidates"))
            for (auto const& entry : *candidates)
                if (auto const* candidate = entry.if_object())
                    content = candidates_[count_at(candidate, "index").value_or(0)].take(*candidate) || content;
        return content;
    }

    void finish(reading& into) override
    {
        if (auto const* usage = object_at(&root_, "usageMetadata")) read_gemini_usage(*usage, into.used);
        if (!candidates_.empty()) {
            auto& candidates = root_["candidates"].emplace_array();
            for (auto& [index, candidate] : candidates_) candidates.push_back(std::move(candidate).finished());
        }
        into.assembled = json::serialize(root_);
    }

private:
    json::object root_; // its usageMetadata is the last one: the counts are cumulative
    std::map<std::int64_t, candidate_assembly> candidates_;
};

/// `predictions` of Vertex: embeddings count their tokens each, pictures are counted.
void read_predictions(json::array const& predictions, reading& into)
{
    for (auto const& entry : predictions) {
        auto const* prediction = entry.if_object();
        auto const* statistics = object_at(object_at(prediction, "embeddings"), "statistics");
        into.used.prompt = plus(into.used.prompt, count_at(statistics, "token_count"));
        if (text_at(prediction, "mimeType").starts_with("image/")) ++into.used.images;
    }
    into.used.prompt_reported = into.used.prompt;
}

} // namespace

void read_gemini(json::object const& body, call_view const& call, reading& into)
{
    read_members(body, into);
    if (auto const* predictions = array_at(&body, "predictions")) read_predictions(*predictions, into);
    auto const* usage = object_at(&body, "usageMetadata");
    if (!usage) return;
    if (call.path.find("/cachedContents") != call.path.npos) { // what is stored is what is written
        into.used.total = into.used.cache_write = into.used.cache_write_5m = count_at(usage, "totalTokenCount");
        return;
    }
    read_gemini_usage(*usage, into.used);
}

std::unique_ptr<stream_format> gemini_stream() { return std::make_unique<gemini>(); }

} // namespace weir::gateway::formats
