#include "log/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace weir::log
{
namespace
{

spdlog::level::level_enum to_spdlog(level at)
{
    switch (at) {
    case level::trace: return spdlog::level::trace;
    case level::debug: return spdlog::level::debug;
    case level::info: return spdlog::level::info;
    case level::warn: return spdlog::level::warn;
    case level::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

struct output {
    std::shared_ptr<spdlog::logger> logger = spdlog::stderr_logger_mt("weir");
    bool json = false;

    output() { set_form(false); }

    void set_form(bool as_json)
    {
        json = as_json;
        logger->set_pattern(as_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                    : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %v",
                            spdlog::pattern_time_type::utc);
    }
};

output& the_output()
{
    static output instance;
    return instance;
}

bool is_json(std::string const& text)
{
    boost::json::error_code invalid;
    boost::json::parse(text, invalid);
    return !invalid;
}

/// As a string of JSON. Text that is no UTF-8 is taken for Latin-1.
std::string quoted(std::string_view text)
{
    auto const written = boost::json::serialize(boost::json::string_view(text.data(), text.size()));
    if (is_json(written)) return written;
    std::string utf8;
    for (char const c : text) {
        auto const code = static_cast<unsigned char>(c);
        if (code >= 0x80) utf8 += static_cast<char>(0xC0U | (code >> 6U));
        utf8 += code >= 0x80 ? static_cast<char>(0x80U | (code & 0x3FU)) : c;
    }
    return boost::json::serialize(boost::json::string_view(utf8));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }

/// A message as it stands, but for one that would not stay one line.
std::string sentence(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), is_control) ? quoted(text) : std::string(text);
}

/// A value as it stands where that is unambiguous, else quoted.
std::string word(std::string_view text)
{
    auto const is_ambiguous = [](char c) { return is_control(c) || c == ' ' || c == '"' || c == '='; };
    return text.empty() || std::any_of(text.begin(), text.end(), is_ambiguous) ? quoted(text) : std::string(text);
}

} // namespace

void configure(level least, bool json)
{
    set_level(least);
    the_output().set_form(json);
}

void set_level(level least) { the_output().logger->set_level(to_spdlog(least)); }

level level_of(std::string_view name)
{
    if (name == "trace") return level::trace;
    if (name == "debug") return level::debug;
    if (name == "warn") return level::warn;
    if (name == "error") return level::error;
    return level::info;
}

void write(level at, std::string_view message, std::initializer_list<value> values)
{
    auto& out = the_output();
    if (!out.logger->should_log(to_spdlog(at))) return;
    std::string line = out.json ? "\"message\":" + quoted(message) : sentence(message);
    for (auto const& v : values) {
        if (out.json)
            line += ',' + quoted(v.key) + ':' + quoted(v.text);
        else
            line.append(" ").append(v.key).append("=").append(word(v.text));
    }
    out.logger->log(to_spdlog(at), spdlog::string_view_t(line.data(), line.size()));
}

} // namespace weir::log
