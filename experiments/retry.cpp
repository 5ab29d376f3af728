#include "experiments/retry.hpp"

#include "net/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <ctime>

namespace weir::experiments
{

namespace json = boost::json;
using std::chrono::milliseconds;

namespace
{

constexpr milliseconds longest_asked{3'600'000}, longest_pause{60'000};
constexpr std::size_t most_reason = 500;

/// `error.message`, `error` or `message` of an answer, where providers say what is wrong.
std::string message_in(std::string const& body)
{
    boost::system::error_code error;
    auto const answer = json::parse(body, error);
    if (error || !answer.is_object()) return {};
    auto const* at = answer.get_object().if_contains("error");
    if (!at) at = &answer;
    if (auto const* text = at->if_string()) return std::string(*text);
    auto const* object = at->if_object();
    auto const* message = object ? object->if_contains("message") : nullptr;
    auto const* text = message ? message->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

/// A date as HTTP writes it (RFC 9110, 5.6.7), in its usual form.
std::optional<std::chrono::system_clock::time_point> parse_date(std::string const& text)
{
    std::tm parts{};
    auto const* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (!end || *end != '\0') return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

} // namespace

std::string beginning_of(std::string text, std::size_t most)
{
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    text.resize(most);
    return text;
}

std::string without_keys(std::string_view text)
{
    // The forms of well-known providers, and whatever follows "Bearer"; as Google's keys begin with AIza.
    static RE2 const keys(
        R"((?i:Bearer\s+)\S+|\b(?:sk|pk|gsk|xai|key|pplx|hf)[-_][A-Za-z0-9_\-]{8,}|\bAIza[A-Za-z0-9_\-]{10,})");
    std::string out(text);
    RE2::GlobalReplace(&out, keys, "…");
    return out;
}

bool may_pass(gateway_answer const& answer)
{
    return answer.status == 0 || answer.status == 408 || answer.status == 429 || answer.status >= 500;
}

std::optional<milliseconds> pause_asked_for(gateway_answer const& answer)
{
    auto const text = net::trimmed(answer.retry_after);
    if (auto const seconds = net::parse_number(text))
        return std::min<milliseconds>(std::chrono::seconds(std::min<std::uint64_t>(*seconds, 3600)), longest_asked);
    auto const date = parse_date(std::string(text));
    if (!date) return std::nullopt;
    auto const wait = std::chrono::ceil<milliseconds>(*date - std::chrono::system_clock::now());
    return std::clamp(wait, milliseconds(0), longest_asked);
}

milliseconds pause_after(std::int64_t failures, milliseconds first)
{
    auto pause = first;
    for (std::int64_t i = 1; i < failures && pause < longest_pause; ++i) pause *= 2;
    return std::min(pause, longest_pause);
}

std::string reason_of(gateway_answer const& answer)
{
    if (answer.status == 0) return answer.problem;
    auto reason = "status " + std::to_string(answer.status);
    if (auto const message = message_in(answer.body); !message.empty()) reason += ": " + message;
    return beginning_of(without_keys(net::clean_text(reason)), most_reason);
}

} // namespace weir::experiments
