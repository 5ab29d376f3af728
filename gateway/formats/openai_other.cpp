#include "gateway/formats/assembly.hpp"
#include "gateway/formats/stream_format.hpp"
#include "gateway/formats/usage_fields.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace weir::gateway::formats
{
namespace
{

bool path_has(call_view const& call, std::string_view part) { return call.path.find(part) != call.path.npos; }

bool makes_images(call_view const& call) { return path_has(call, "/images/"); }

/// Embeddings and rerankings have no output that is counted; some vendors report 0 for it, or the total alone.
void drop_output(pricing::usage& used)
{
    used.completion.reset();
    if (!used.prompt_reported) used.prompt = used.prompt_reported = used.total;
}

/// Image models report output without saying that it is pictures.
void read_image_usage(json::object const& usage, call_view const& call, reading& into)
{
    read_openai_usage(usage, call, into.used);
    if (!usage.contains("output_tokens_details")) into.used.completion_image = into.used.completion.value_or(0);
}

/// Speech models report output without saying that it is audio.
void read_speech_usage(json::object const& usage, call_view const& call, pricing::usage& used)
{
    read_openai_usage(usage, call, used);
    if (!used.completion_audio) used.completion_audio = used.completion;
}

/// Titan's and Llama's counts on Bedrock stand in the root.
void read_bare_counts(json::object const& body, pricing::usage& used)
{
    used.prompt = used.prompt_reported = first_count(&body, "inputTextTokenCount", "prompt_token_count");
    used.completion = count_at(&body, "generation_token_count");
    if (auto const* results = array_at(&body, "results"))
        for (auto const& result : *results)
            used.completion = plus(used.completion, count_at(result.if_object(), "tokenCount"));
}

/// Images, transcriptions and speech as server-sent events.
class media final : public stream_format
{
public:
    explicit media(call_view const& call)
        : call_{call}
    {
    }

    bool take(json::object const& event, std::string_view, reading& into) override
    {
        auto const type = text_at(&event, "type");
        bool const picture = type.starts_with("image_");
        bool const done = type.ends_with(".done") || type.ends_with(".completed");
        if (done) {
            into.final_event_seen = true;
            if (auto const* usage = object_at(&event, "usage")) {
                read_usage(*usage, type, into);
                root_["usage"] = *usage;
            }
        }
        if (picture) return take_picture(event, done);
        if (type == "transcript.text.delta") append_text(root_, "text", text_at(&event, "delta"));
        if (type == "transcript.text.segment") append_all(root_, "segments", {json::value(event)});
        if (auto const* text = value_at(&event, "text"); done && text) root_["text"] = *text;
        return !text_at(&event, "delta").empty() || !text_at(&event, "text").empty() ||
               !text_at(&event, "audio").empty(); // the audio itself is not kept
    }

    void finish(reading& into) override { into.assembled = json::serialize(root_); }

private:
    void read_usage(json::object const& usage, std::string_view type, reading& into) const
    {
        if (type.starts_with("image_"))
            read_image_usage(usage, call_, into);
        else if (type.starts_with("speech."))
            read_speech_usage(usage, call_, into.used);
        else
            read_openai_usage(usage, call_, into.used);
    }

    /// Partial pictures are drafts of the final ones.
    bool take_picture(json::object const& event, bool done)
    {
        if (!done) return true;
        json::object picture;
        for (auto const& member : event) {
            auto const key = std::string_view{member.key()};
            if (key == "b64_json" || key == "url" || key == "revised_prompt")
                picture[key] = member.value();
            else if (key == "created_at")
                root_["created"] = member.value();
            else if (key != "type" && key != "usage")
                root_[key] = member.value();
        }
        append_all(root_, "data", {json::value(std::move(picture))});
        return true;
    }

    call_view const& call_;
    json::object root_;
};

/// Runs of OpenAI's Assistants: `thread.*` events, each with the whole object it is about.
class threads final : public stream_format
{
public:
    explicit threads(call_view const& call)
        : call_{call}
    {
    }

    bool take(json::object const& event, std::string_view name, reading& into) override
    {
        if (name == "thread.message.completed") append_all(root_, "messages", {json::value(event)});
        if (text_at(&event, "object") == "thread.run") {
            root_["run"] = event;
            read_other(event, call_, into);
            if (auto const status = text_at(&event, "status"); !status.empty())
                into.finish_reason = clean_text(status, most_name_bytes);
        }
        return name.ends_with(".delta");
    }

    void finish(reading& into) override { into.assembled = json::serialize(root_); }

private:
    call_view const& call_;
    json::object root_;
};

} // namespace

void read_other(json::object const& body, call_view const& call, reading& into)
{
    for (std::string_view key : {"model", "modelId"})
        if (auto const model = text_at(&body, key); !model.empty()) into.model = clean_text(model, most_name_bytes);
    for (std::string_view key : {"stop_reason", "stopReason", "finish_reason"})
        if (auto const reason = text_at(&body, key); !reason.empty())
            into.finish_reason = clean_text(reason, most_name_bytes);
    read_openai_tier(body, into);
    for (std::string_view polled : {"thread.run", "batch"}) // whose POST had no usage yet
        if (text_at(&body, "object") == polled) into.background_id = clean_text(text_at(&body, "id"), most_name_bytes);

    auto const* usage = object_at(&body, "usage");
    if (usage && makes_images(call))
        read_image_usage(*usage, call, into);
    else if (usage)
        read_usage_by_names(*usage, call, into);
    else if (auto const* meta = object_at(&body, "meta"))
        read_cohere_usage(*meta, into.used);
    else
        read_bare_counts(body, into.used);

    if (path_has(call, "/embed") || path_has(call, "/rerank")) drop_output(into.used);
    if (auto const* data = array_at(&body, "data"); data && !usage && makes_images(call))
        into.used.images = static_cast<std::int64_t>(data->size());
    if (auto const seconds = number_at(&body, "duration"); seconds && !usage && path_has(call, "/audio/"))
        into.used.input_seconds = std::max(0.0, *seconds);
    into.used.pages = count_at(object_at(&body, "usage_info"), "pages_processed").value_or(0); // Mistral's OCR
}

void read_speech(call_view const& call, reading& into)
{
    if (!path_has(call, "/audio/speech") || into.used.known() || !call.request) return;
    auto const input = text_at(call.request->if_object(), "input");
    into.used.input_chars = std::count_if(input.begin(), input.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::unique_ptr<stream_format> media_stream(call_view const& call) { return std::make_unique<media>(call); }

std::unique_ptr<stream_format> threads_stream(call_view const& call) { return std::make_unique<threads>(call); }

} // namespace weir::gateway::formats
