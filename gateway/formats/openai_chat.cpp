#include "gateway/formats/assembly.hpp"
#include "gateway/formats/stream_format.hpp"
#include "gateway/formats/usage_fields.hpp"

#include <boost/json/serialize.hpp>

#include <map>
#include <vector>

namespace weir::gateway::formats
{
namespace
{

json::object const* usage_in(json::object const& body)
{
    if (auto const* usage = object_at(&body, "usage")) return usage;
    return object_at(object_at(&body, "x_groq"), "usage");
}

void read_root(json::object const& body, reading& into)
{
    if (auto const model = text_at(&body, "model"); !model.empty()) into.model = clean_text(model, most_name_bytes);
    read_openai_tier(body, into);
}

void read_finish(json::object const* choice, reading& into)
{
    if (auto const reason = text_at(choice, "finish_reason"); !reason.empty()) {
        into.finish_reason = clean_text(reason, most_name_bytes);
        into.final_event_seen = true;
    }
}

/// Members of a delta that say what it is, not what it adds.
bool is_label(std::string_view key) { return key == "role" || key == "id" || key == "type" || key == "name"; }

bool has_content(json::object const* delta)
{
    if (!delta) return false;
    for (auto const& member : *delta) {
        if (is_label(member.key())) continue;
        auto const& value = member.value();
        if (value.is_string() && !value.get_string().empty()) return true;
        if (value.is_array() && !value.get_array().empty()) return true;
        if (value.is_object() && !value.get_object().empty()) return true;
    }
    return false;
}

/// Adds an object whose texts arrive in pieces: `function_call`, `audio`, the `function` of a tool call.
void append_object(json::object& to, json::object const& piece)
{
    for (auto const& member : piece) {
        auto const* text = member.value().if_string();
        if (text && !is_label(member.key()))
            append_text(to, member.key(), *text);
        else if (!member.value().is_null() && !(text && text->empty()))
            to[member.key()] = member.value();
    }
}

json::object& object_in(json::object& of, std::string_view key)
{
    auto& member = of[key];
    if (!member.is_object()) member.emplace_object();
    return member.get_object();
}

/// One choice as its chunks make it.
class choice_assembly
{
public:
    void take(json::object const& chunk)
    {
        for (auto const& member : chunk) {
            if (member.key() == "delta") {
                if (auto const* delta = member.value().if_object()) take_delta(*delta);
            } else if (member.key() == "text" && member.value().is_string()) {
                append_text(choice_, "text", member.value().get_string());
            } else if (member.key() == "logprobs" && member.value().is_object()) {
                take_logprobs(member.value().get_object());
            } else if (!member.value().is_null() || !choice_.contains(member.key())) {
                choice_[member.key()] = member.value();
            }
        }
    }

    json::object finished() &&
    {
        if (!calls_.empty()) append_all(message_, "tool_calls", json::array(calls_.begin(), calls_.end()));
        if (!choice_.contains("text")) choice_["message"] = std::move(message_);
        return std::move(choice_);
    }

private:
    void take_delta(json::object const& delta)
    {
        for (auto const& member : delta) {
            auto const key = std::string_view{member.key()};
            auto const& value = member.value();
            if (key == "tool_calls" && value.is_array())
                take_calls(value.get_array());
            else if (value.is_string() && is_label(key))
                message_[key] = value;
            else if (value.is_string())
                append_text(message_, key, value.get_string());
            else if (value.is_object())
                append_object(object_in(message_, key), value.get_object());
            else if (value.is_array())
                take_parts(key, value.get_array());
            else if (!value.is_null() || !message_.contains(key))
                message_[key] = value;
        }
    }

    /// Mistral's content and OpenRouter's reasoning_details come as lists of parts.
    void take_parts(std::string_view key, json::array const& parts)
    {
        auto& member = message_[key];
        if (auto const* text = member.if_string()) {
            auto const before = json::value{{"type", "text"}, {"text", *text}};
            bool const empty = text->empty();
            member.emplace_array();
            if (!empty) member.get_array().push_back(before);
        }
        if (!member.is_array()) member.emplace_array();
        for (auto const& part : parts) append_part(member.get_array(), part);
    }

    void take_calls(json::array const& calls)
    {
        for (auto const& piece : calls) {
            auto const* object = piece.if_object();
            if (!object) continue;
            auto& call = call_of(*object);
            for (auto const& member : *object) {
                if (member.key() == "index") continue; // a whole answer has the order alone
                auto const* inner = member.value().if_object();
                if (inner)
                    append_object(object_in(call, member.key()), *inner);
                else if (!member.value().is_null())
                    call[member.key()] = member.value();
            }
        }
    }

    json::object& call_of(json::object const& piece)
    {
        auto const index = count_at(&piece, "index");
        if (!index) { // some vendors send whole calls, or pieces of the last one, without a number
            if (calls_.empty() || piece.contains("id")) calls_.emplace_back();
            return calls_.back();
        }
        auto const [place, is_new] = call_places_.try_emplace(*index, calls_.size());
        if (is_new) calls_.emplace_back();
        return calls_[place->second];
    }

    void take_logprobs(json::object const& pieces)
    {
        auto& all = object_in(choice_, "logprobs");
        for (auto const& member : pieces) {
            if (auto const* list = member.value().if_array())
                append_all(all, member.key(), *list);
            else if (!member.value().is_null() || !all.contains(member.key()))
                all[member.key()] = member.value();
        }
    }

    json::object choice_;
    json::object message_;
    std::vector<json::object> calls_;
    std::map<std::int64_t, std::size_t> call_places_;
};

class chat final : public stream_format
{
public:
    explicit chat(call_view const& call)
        : call_{call}
    {
    }

    bool take(json::object const& chunk, std::string_view, reading& into) override
    {
        read_root(chunk, into);
        for (auto const& member : chunk) {
            auto const key = std::string_view{member.key()};
            if (key == "choices" || key == "usage" || member.value().is_null()) continue;
            root_[key] =
                key == "object" && member.value() == "chat.completion.chunk" ? "chat.completion" : member.value();
        }
        // A copy in memory of its own: the chunk goes with its event.
        if (auto const* usage = usage_in(chunk)) usage_.emplace(*usage, json::storage_ptr{});

        bool content = false;
        if (auto const* choices = array_at(&chunk, "choices"))
            for (auto const& entry : *choices)
                if (auto const* choice = entry.if_object()) content = take_choice(*choice, into) || content;
        return content;
    }

    void finish(reading& into) override
    {
        auto& choices = root_["choices"].emplace_array();
        for (auto& [index, choice] : choices_) choices.push_back(std::move(choice).finished());
        if (usage_) {
            read_openai_usage(*usage_, call_, into.used);
            root_["usage"] = std::move(*usage_);
        }
        into.assembled = json::serialize(root_);
    }

private:
    bool take_choice(json::object const& choice, reading& into)
    {
        read_finish(&choice, into);
        choices_[count_at(&choice, "index").value_or(0)].take(choice);
        return has_content(object_at(&choice, "delta")) || !text_at(&choice, "text").empty();
    }

    call_view const& call_;
    json::object root_;
    std::map<std::int64_t, choice_assembly> choices_;
    std::optional<json::object> usage_; // the last: some vendors send a running total with each chunk
};

} // namespace

void read_chat(json::object const& body, call_view const& call, reading& into)
{
    read_root(body, into);
    if (auto const* choices = array_at(&body, "choices"))
        for (auto const& choice : *choices) read_finish(choice.if_object(), into);
    if (auto const* usage = usage_in(body)) read_openai_usage(*usage, call, into.used);
}

std::unique_ptr<stream_format> chat_stream(call_view const& call) { return std::make_unique<chat>(call); }

} // namespace weir::gateway::formats
