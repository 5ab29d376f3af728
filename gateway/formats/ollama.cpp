#include "gateway/formats/assembly.hpp"
#include "gateway/formats/stream_format.hpp"

#include <boost/json/serialize.hpp>

namespace weir::gateway::formats
{
namespace
{

/// Ollama's own protocol: one object a line, each with a piece of the message; the one with `done` has the counts.
class ollama final : public stream_format
{
public:
    bool take(json::object const& line, std::string_view, reading& into) override
    {
        bool content = false;
        for (auto const& member : line) {
            auto const key = std::string_view{member.key()};
            if ((key == "response" || key == "thinking") && member.value().is_string()) { // /api/generate
                content = content || !member.value().get_string().empty();
                append_text(root_, key, member.value().get_string());
            } else if (key == "message" && member.value().is_object()) { // /api/chat
                content = take_message(member.value().get_object()) || content;
            } else {
                root_[key] = member.value();
            }
        }
        read_ollama(line, into);
        if (true_at(&line, "done")) into.final_event_seen = true;
        return content;
    }

    void finish(reading& into) override
    {
        if (!message_.empty()) root_["message"] = std::move(message_);
        into.assembled = json::serialize(root_);
    }

private:
    bool take_message(json::object const& piece)
    {
        bool content = false;
        for (auto const& member : piece) {
            auto const key = std::string_view{member.key()};
            auto const* text = member.value().if_string();
            auto const* list = member.value().if_array();
            if (text && key != "role")
                append_text(message_, key, *text);
            else if (list)
                append_all(message_, key, *list);
            else
                message_[key] = member.value();
            content = content || (text && key != "role" && !text->empty()) || (list && !list->empty());
        }
        return content;
    }

    json::object root_;
    json::object message_;
};

} // namespace

void read_ollama(json::object const& body, reading& into)
{
    if (auto const model = text_at(&body, "model"); !model.empty()) into.model = clean_text(model, most_name_bytes);
    if (auto const reason = text_at(&body, "done_reason"); !reason.empty())
        into.finish_reason = clean_text(reason, most_name_bytes);
    auto& used = into.used;
    if (auto const prompt = count_at(&body, "prompt_eval_count")) used.prompt = used.prompt_reported = prompt;
    if (auto const completion = count_at(&body, "eval_count")) used.completion = completion;
    if (used.prompt && used.completion) used.total = plus(used.prompt, used.completion);
}

std::unique_ptr<stream_format> ollama_stream() { return std::make_unique<ollama>(); }

} // namespace weir::gateway::formats
