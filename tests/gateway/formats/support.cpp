#include "support.hpp"

namespace weir::gateway::formats
{

std::string told(pricing::usage const& used)
{
    std::string text;
    auto const add = [&](std::string_view name, auto number) {
        auto digits = std::to_string(number);
        if (digits.find('.') != digits.npos) digits.erase(digits.find_last_not_of("0.") + 1);
        text.append(text.empty() ? "" : " ").append(name).append("=").append(digits);
    };
    auto const known = [&](std::string_view name, auto const& number) {
        if (number) add(name, *number);
    };
    auto const nonzero = [&](std::string_view name, auto number) {
        if (number > 0) add(name, number);
    };
    known("prompt", used.prompt);
    known("reported", used.prompt_reported);
    known("completion", used.completion);
    known("total", used.total);
    known("read", used.cache_read);
    known("write", used.cache_write);
    known("5m", used.cache_write_5m);
    known("1h", used.cache_write_1h);
    known("reasoning", used.reasoning);
    known("audio_in", used.prompt_audio);
    known("audio_out", used.completion_audio);
    nonzero("audio_cached", used.prompt_audio_cached);
    nonzero("image_in", used.prompt_image);
    nonzero("image_out", used.completion_image);
    nonzero("images", used.images);
    nonzero("seconds", used.input_seconds);
    nonzero("chars", used.input_chars);
    nonzero("queries", used.queries);
    nonzero("pages", used.pages);
    nonzero("searches", used.web_searches);
    known("cost", used.cost_dollars);
    return text;
}

call_view plain(kind speaks, std::string_view provider, std::string_view path, std::string_view body)
{
    call_view call;
    call.speaks = speaks;
    call.provider = provider;
    call.path = path;
    call.status = 200;
    call.content_type = "application/json";
    call.body = body;
    return call;
}

call_view streamed(kind speaks, std::string_view provider, std::string_view path, std::string_view body)
{
    auto call = plain(speaks, provider, path, body);
    call.content_type = "text/event-stream; charset=utf-8";
    return call;
}

std::string joined(std::initializer_list<std::string_view> parts)
{
    std::string all;
    for (auto part : parts) all += part;
    return all;
}

} // namespace weir::gateway::formats
