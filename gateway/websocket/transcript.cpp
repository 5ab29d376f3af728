#include "gateway/websocket/transcript.hpp"

#include "net/text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace weir::gateway::websocket
{

namespace json = boost::json;

namespace
{

bool is_json(std::string_view text)
{
    std::array<unsigned char, 4096> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::parse_options options;
    options.max_depth = 64;
    boost::system::error_code error;
    static_cast<void>(json::parse(json::string_view(text.data(), text.size()), error, &memory, options));
    return !error;
}

std::string as_element(std::string_view message)
{
    if (is_json(message)) return std::string(message);
    return json::serialize(json::string(net::clean_text(message)));
}

/// Where the string begins that is the first member `key` of `text`, behind its quote; npos if there is none.
std::size_t string_member(std::string_view text, std::string_view quoted_key, std::size_t from = 0)
{
    constexpr std::string_view white = " \t\r\n";
    auto const key = text.find(quoted_key, from);
    if (key == text.npos) return key;
    auto at = text.find_first_not_of(white, key + quoted_key.size());
    if (at == text.npos || text[at] != ':') return text.npos;
    at = text.find_first_not_of(white, at + 1);
    return at == text.npos || text[at] != '"' ? text.npos : at + 1;
}

/// Where the audio begins in a message that begins like this, behind its quote; npos if it carries none.
std::size_t audio_in(std::string_view beginning)
{
    struct {
        std::string_view type, member; ///< with their quotes
    } constexpr of_openai[] = {
        {"input_audio_buffer.append\"", "\"audio\""},
        {"response.audio.delta\"", "\"delta\""},
        {"response.output_audio.delta\"", "\"delta\""},
    };
    if (auto const type = string_member(beginning, "\"type\""); type != beginning.npos)
        for (auto const& event : of_openai)
            if (beginning.substr(type).starts_with(event.type)) return string_member(beginning, event.member);
    for (std::string_view const holder : {"\"inlineData\"", "\"realtimeInput\"", "\"realtime_input\""}) // Gemini Live
        if (auto const at = beginning.find(holder); at != beginning.npos)
            return string_member(beginning, "\"data\"", at);
    return beginning.npos;
}

} // namespace

void transcript_writer::add(std::string_view text, bool first, bool last, std::int64_t at_us)
{
    if (first) {
        state_ = state::beginning;
        beginning_.clear();
    }
    if (state_ == state::beginning) {
        if (!beginning_.empty() || (text.size() < look_bytes && !last)) text = beginning_ += text;
        if (text.size() < look_bytes && !last) return;
        auto const audio = audio_in(text.substr(0, look_bytes));
        state_ = audio == text.npos ? state::kept : state::audio;
        if (state_ == state::audio) {
            audio_chars_ = 0;
            into_.add(text.substr(0, audio - 1), at_us);
            text.remove_prefix(audio);
        }
    }
    if (state_ == state::audio) {
        auto const end = text.find('"');
        auto const audio = text.substr(0, end);
        audio_chars_ += audio.size() - static_cast<std::size_t>(std::count(audio.begin(), audio.end(), '='));
        text.remove_prefix(std::min(text.size(), audio.size() + 1));
        if (end != audio.npos || last) {
            into_.add("{\"size\":" + std::to_string(audio_chars_ * 3 / 4) + "}", at_us);
            state_ = state::kept;
        }
    }
    if (state_ == state::kept && !text.empty()) into_.add(text, at_us);
    if (!beginning_.empty()) std::string().swap(beginning_); // which may have grown with the piece behind it
    if (last) into_.add(std::string_view(&message_end, 1), at_us);
}

void transcript_writer::end(std::int64_t at_us)
{
    if (!beginning_.empty()) into_.add(beginning_, at_us);
    beginning_.clear();
}

std::string_view first_message(std::string_view transcript)
{
    auto const end = transcript.find(message_end);
    return end == transcript.npos ? std::string_view() : transcript.substr(0, end);
}

messages as_json(std::string_view transcript, std::size_t most_bytes)
{
    messages out{"[", false};
    while (!transcript.empty() && !out.cut) {
        auto const end = transcript.find(message_end);
        if (end == transcript.npos) {
            out.cut = true;
            break;
        }
        auto const element = as_element(transcript.substr(0, end));
        transcript.remove_prefix(end + 1);
        out.cut = out.json.size() + element.size() + 2 > most_bytes; // with a comma and the closing bracket
        if (out.cut) break;
        if (out.json.size() > 1) out.json += ',';
        out.json += element;
    }
    out.json += ']';
    return out;
}

} // namespace weir::gateway::websocket
