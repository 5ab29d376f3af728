#include "mock/knobs.hpp"

#include <charconv>
#include <limits>

namespace weir::mock
{
namespace
{

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr unit time_units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"", 1000}};
constexpr unit size_units[] = {{"", 1},          {"b", 1},           {"B", 1},         {"KB", 1000},
                               {"MB", 1000000},  {"GB", 1000000000}, {"KiB", 1024},    {"k", 1024},
                               {"MiB", 1 << 20}, {"m", 1 << 20},     {"GiB", 1 << 30}, {"g", 1 << 30}};

template <class Units>
std::optional<std::uint64_t> number_with_unit(std::string_view text, Units const& units)
{
    std::uint64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    auto const suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    for (auto const& u : units)
        if (u.name == suffix && number <= std::numeric_limits<std::uint64_t>::max() / u.factor)
            return number * u.factor;
    return std::nullopt;
}

bool read(std::string_view text, std::chrono::microseconds& into)
{
    auto const value = number_with_unit(text, time_units);
    if (!value || *value > 86400000000u) return false;
    into = std::chrono::microseconds{static_cast<std::int64_t>(*value)};
    return true;
}

bool read(std::string_view text, std::uint64_t& into)
{
    auto const value = number_with_unit(text, size_units);
    if (value) into = *value;
    return value.has_value();
}

bool read(std::string_view text, std::optional<std::uint64_t>& into)
{
    std::uint64_t value = 0;
    if (!read(text, value)) return false;
    into = value;
    return true;
}

bool read(std::string_view text, std::int64_t& into)
{
    if (text.starts_with('+')) text.remove_prefix(1);
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size();
}

bool read(std::string_view text, unsigned& into)
{
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size() && into <= 999;
}

bool read(std::string_view text, bool& into)
{
    into = text == "1" || text == "true" || text == "on" || text.empty();
    return into || text == "0" || text == "false" || text == "off";
}

bool read(std::string_view text, std::string& into)
{
    into = text;
    return true;
}

bool read(std::string_view text, std::optional<answer_point>& into)
{
    answer_point point;
    auto comma = text.find(',');
    auto const place = text.substr(0, comma);
    while (comma != std::string_view::npos) {
        auto const next = text.find(',', comma + 1);
        auto const flag = text.substr(comma + 1, next == std::string_view::npos ? next : next - comma - 1);
        if (flag == "rst")
            point.reset = true;
        else if (flag == "mid")
            point.mid_event = true;
        else
            return false;
        comma = next;
    }
    if (place == "head")
        point.counted = answer_point::unit::head;
    else if (!read(place, point.after))
        return false;
    else if (place.ends_with('b') || place.ends_with('B'))
        point.counted = answer_point::unit::bytes;
    into = point;
    return true;
}

template <class Value>
struct spelling {
    std::string_view name;
    Value value;
};

template <class Value, std::size_t N>
bool read_one_of(std::string_view text, Value& into, spelling<Value> const (&known)[N])
{
    for (auto const& k : known)
        if (k.name == text) {
            into = k.value;
            return true;
        }
    return false;
}

bool read(std::string_view text, framing& into)
{
    static constexpr spelling<framing> known[] = {{"natural", framing::natural},
                                                  {"chunked", framing::chunked},
                                                  {"length", framing::length},
                                                  {"close", framing::close},
                                                  {"both", framing::both}};
    return read_one_of(text, into, known);
}

bool read(std::string_view text, encoding& into)
{
    static constexpr spelling<encoding> known[] = {{"none", encoding::none},
                                                   {"gzip", encoding::gzip},
                                                   {"deflate", encoding::deflate},
                                                   {"gzip-unlabelled", encoding::gzip_unlabelled},
                                                   {"gzip-label-only", encoding::gzip_label_only}};
    return read_one_of(text, into, known);
}

bool read(std::string_view text, shape& into)
{
    static constexpr spelling<shape> known[] = {
        {"as-asked", shape::as_asked}, {"json", shape::json}, {"sse", shape::sse}, {"empty", shape::empty}};
    return read_one_of(text, into, known);
}

bool read(std::string_view text, reuse& into)
{
    static constexpr spelling<reuse> known[] = {{"off", reuse::allowed},
                                                {"0", reuse::allowed},
                                                {"on", reuse::refused_at_next_request},
                                                {"1", reuse::refused_at_next_request},
                                                {"true", reuse::refused_at_next_request},
                                                {"at-once", reuse::closed_at_once}};
    return read_one_of(text, into, known);
}

bool read_line_end(std::string_view text, std::string& into)
{
    static constexpr spelling<char const*> known[] = {{"lf", "\n"}, {"crlf", "\r\n"}, {"cr", "\r"}};
    char const* found = nullptr;
    if (!read_one_of(text, found, known)) return false;
    into = found;
    return true;
}

bool read_header(std::string_view text, std::vector<std::pair<std::string, std::string>>& into)
{
    auto const colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    auto value = text.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    into.emplace_back(text.substr(0, colon), value);
    return true;
}

using setter = bool (*)(std::string_view, knobs&);

template <auto Member>
bool set_member(std::string_view text, knobs& k)
{
    return read(text, k.*Member);
}

struct known_knob {
    std::string_view name;
    setter set;
};

constexpr known_knob known_knobs[] = {
    {"delay", set_member<&knobs::delay>},
    {"first-chunk-delay", set_member<&knobs::first_chunk_delay>},
    {"interval", set_member<&knobs::interval>},
    {"chunks", set_member<&knobs::chunks>},
    {"filler-bytes", set_member<&knobs::filler_bytes>},
    {"status", set_member<&knobs::status>},
    {"retry-after", set_member<&knobs::retry_after>},
    {"body-bytes", set_member<&knobs::body_bytes>},
    {"content-type", set_member<&knobs::content_type>},
    {"cut", set_member<&knobs::cut>},
    {"stall", set_member<&knobs::stall>},
    {"framing", set_member<&knobs::framed>},
    {"length-delta", set_member<&knobs::length_delta>},
    {"encoding", set_member<&knobs::encoded>},
    {"shape", set_member<&knobs::shaped>},
    {"line-ends", [](std::string_view text, knobs& k) { return read_line_end(text, k.line_end); }},
    {"comments", set_member<&knobs::comments>},
    {"stamp", set_member<&knobs::stamp>},
    {"no-done", set_member<&knobs::no_done>},
    {"no-last-blank", set_member<&knobs::no_last_blank>},
    {"error-event", set_member<&knobs::error_event>},
    {"html", set_member<&knobs::html>},
    {"split-bytes", set_member<&knobs::split_bytes>},
    {"split-utf8", set_member<&knobs::split_utf8>},
    {"refuse-reuse", set_member<&knobs::reused>},
    {"close", set_member<&knobs::close>},
    {"early-response", set_member<&knobs::early_response>},
    {"hundred", set_member<&knobs::hundred>},
    {"cached-tokens", set_member<&knobs::cached_tokens>},
    {"reasoning-tokens", set_member<&knobs::reasoning_tokens>},
    {"key", set_member<&knobs::key>},
    {"times", set_member<&knobs::times>},
    {"response-header", [](std::string_view text, knobs& k) { return read_header(text, k.response_headers); }},
};

} // namespace

std::string knobs::set(std::string_view name, std::string_view value)
{
    if (name.starts_with("response-header")) name = "response-header";
    for (auto const& known : known_knobs)
        if (known.name == name) {
            if (known.set(value, *this)) return {};
            return "mock knob " + std::string(name) + " does not take the value \"" + std::string(value) + "\"";
        }
    return "there is no mock knob called " + std::string(name);
}

bool knobs::plain_on_the_wire() const
{
    return first_chunk_delay.count() == 0 && !body_bytes && !cut && !stall && framed == framing::natural &&
           length_delta == 0 && encoded == encoding::none && !split_bytes && !split_utf8;
}

std::vector<std::string_view> knob_names()
{
    std::vector<std::string_view> names;
    for (auto const& known : known_knobs) names.push_back(known.name);
    return names;
}

} // namespace weir::mock
