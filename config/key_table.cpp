#include "config/key_table.hpp"

#include "net/text.hpp"

#include <array>
#include <utility>

namespace weir::config
{
namespace
{

using error = std::optional<std::string>;

std::string const* text_of(raw_value const& from) { return std::get_if<std::string>(&from); }

error read(raw_value const& from, std::string& to)
{
    auto const* text = text_of(from);
    if (!text) return "must be a text";
    to = *text;
    return {};
}

error read(raw_value const& from, bool& to)
{
    if (auto const* value = std::get_if<bool>(&from)) {
        to = *value;
        return {};
    }
    auto const* text = text_of(from);
    if (!text || (*text != "true" && *text != "false")) return "must be true or false";
    to = *text == "true";
    return {};
}

error read(raw_value const& from, std::int64_t& to)
{
    if (auto const* value = std::get_if<std::int64_t>(&from)) {
        to = *value;
    } else {
        auto const* text = text_of(from);
        auto const number = text ? net::parse_number(*text) : std::nullopt;
        if (!number || *number > INT64_MAX) return "must be a whole number";
        to = static_cast<std::int64_t>(*number);
    }
    if (to < 0) return "must not be negative";
    return {};
}

error read(raw_value const& from, int& to)
{
    std::int64_t wide = 0;
    if (auto wrong = read(from, wide)) return wrong;
    if (wide > 1024) return "must be at most 1024";
    to = static_cast<int>(wide);
    return {};
}

error read(raw_value const& from, byte_count& to)
{
    auto const* text = text_of(from);
    auto const* number = std::get_if<std::int64_t>(&from);
    auto const value = text                     ? parse_byte_count(*text)
                       : number && *number >= 0 ? std::optional(byte_count{static_cast<std::uint64_t>(*number)})
                                                : std::nullopt;
    if (!value) return "must be a number of bytes such as 65536, \"64KiB\" or \"2GiB\"";
    to = *value;
    return {};
}

error read(raw_value const& from, milliseconds& to)
{
    auto const* text = text_of(from);
    auto const value = text ? parse_duration(*text) : std::nullopt;
    if (!value) return "must be a duration with its unit, such as \"500ms\", \"30s\" or \"10m\"";
    to = *value;
    return {};
}

error read(raw_value const& from, net::host_port& to)
{
    auto const* text = text_of(from);
    auto value = text ? net::parse_host_port(*text) : std::nullopt;
    if (!value) return "must be HOST:PORT, such as \"127.0.0.1:8787\" or \"[::1]:8787\"";
    to = std::move(*value);
    return {};
}

error read(raw_value const& from, std::vector<std::string>& to)
{
    if (auto const* list = std::get_if<std::vector<std::string>>(&from)) {
        to = *list;
        return {};
    }
    auto const* text = text_of(from);
    if (!text) return "must be a list of texts";
    to.clear();
    net::for_each_element(*text, [&](std::string_view element) { to.emplace_back(element); });
    return {};
}

/// Reads one of a few words.
template <class Enum, std::size_t N>
error read_word(raw_value const& from, Enum& to, std::array<std::pair<std::string_view, Enum>, N> const& words)
{
    auto const* text = text_of(from);
    std::string known;
    for (auto const& [word, value] : words) {
        if (text && *text == word) {
            to = value;
            return {};
        }
        known.append(known.empty() ? "\"" : ", \"").append(word).append("\"");
    }
    return "must be one of " + known;
}

error read(raw_value const& from, stream_usage_mode& to)
{
    return read_word(from, to,
                     std::array{std::pair{std::string_view("inject"), stream_usage_mode::inject},
                                std::pair{std::string_view("as_is"), stream_usage_mode::as_is}});
}

error read(raw_value const& from, durability_mode& to)
{
    return read_word(from, to,
                     std::array{std::pair{std::string_view("async"), durability_mode::async},
                                std::pair{std::string_view("commit"), durability_mode::commit}});
}

error read(raw_value const& from, record_mode& to)
{
    return read_word(from, to,
                     std::array{std::pair{std::string_view("all"), record_mode::all},
                                std::pair{std::string_view("none"), record_mode::none}});
}

error read(raw_value const& from, log_format& to)
{
    return read_word(from, to,
                     std::array{std::pair{std::string_view("text"), log_format::text},
                                std::pair{std::string_view("json"), log_format::json}});
}

error read(raw_value const& from, wire_format& to)
{
    return read_word(from, to,
                     std::array{std::pair{std::string_view("openai"), wire_format::openai},
                                std::pair{std::string_view("anthropic"), wire_format::anthropic},
                                std::pair{std::string_view("google"), wire_format::google},
                                std::pair{std::string_view("gemini"), wire_format::google}});
}

error read_log_level(raw_value const& from, std::string& to)
{
    return read_word(from, to,
                     std::array{std::pair{std::string_view("trace"), std::string("trace")},
                                std::pair{std::string_view("debug"), std::string("debug")},
                                std::pair{std::string_view("info"), std::string("info")},
                                std::pair{std::string_view("warn"), std::string("warn")},
                                std::pair{std::string_view("error"), std::string("error")}});
}

error read_base_url(raw_value const& from, std::string& to)
{
    auto const* text = text_of(from);
    if (!text || !net::parse_url(*text))
        return "must be an http or https URL without user information, such as \"https://api.example.com\"";
    to = *text;
    return {};
}

} // namespace

// A key's line: its path, the member it sets, how its value is read, and whether only a restart changes it.
#define WEIR_READ_KEY(path, member, reader, restart)                                                                   \
    key                                                                                                                \
    {                                                                                                                  \
        path, [](settings& s, raw_value const& v) { return reader(v, s.member); }, restart,                            \
            [](settings const& a, settings const& b) { return a.member == b.member; },                                 \
            [](settings& to, settings const& from) { to.member = from.member; }                                        \
    }
#define WEIR_KEY(path, member) WEIR_READ_KEY(path, member, read, false)
#define WEIR_START_KEY(path, member) WEIR_READ_KEY(path, member, read, true)

std::span<key const> keys()
{
    static key const table[] = {
        WEIR_START_KEY("gateway.listen", gateway.listen),
        WEIR_KEY("gateway.default_provider", gateway.default_provider),
        WEIR_START_KEY("gateway.threads", gateway.threads),
        WEIR_KEY("gateway.max_request_body", gateway.max_request_body),
        WEIR_KEY("gateway.max_rewritten_body", gateway.max_rewritten_body),
        WEIR_KEY("gateway.max_logged_body", gateway.max_logged_body),
        WEIR_START_KEY("gateway.max_capture_memory", gateway.max_capture_memory),
        WEIR_KEY("gateway.max_header_bytes", gateway.max_header_bytes),
        WEIR_KEY("gateway.max_connections", gateway.max_connections),
        WEIR_START_KEY("gateway.max_connections_per_client", gateway.max_connections_per_client),
        WEIR_START_KEY("gateway.max_upstream_connections", gateway.max_upstream_connections),
        WEIR_KEY("gateway.header_timeout", gateway.header_timeout),
        WEIR_KEY("gateway.connect_timeout", gateway.connect_timeout),
        WEIR_KEY("gateway.first_byte_timeout", gateway.first_byte_timeout),
        WEIR_KEY("gateway.idle_timeout", gateway.idle_timeout),
        WEIR_KEY("gateway.keep_alive_timeout", gateway.keep_alive_timeout),
        WEIR_START_KEY("gateway.upstream_idle_timeout", gateway.upstream_idle_timeout),
        WEIR_START_KEY("gateway.dns_ttl", gateway.dns_ttl),
        WEIR_KEY("gateway.drain_timeout", gateway.drain_timeout),
        WEIR_KEY("gateway.allowed_targets", gateway.allowed_targets),
        WEIR_KEY("gateway.stream_usage", gateway.stream_usage),
        WEIR_KEY("gateway.allowed_origins", gateway.allowed_origins),
        WEIR_START_KEY("gateway.ca_file", gateway.ca_file),
        WEIR_START_KEY("gateway.tls.certificate", gateway.tls.certificate),
        WEIR_START_KEY("gateway.tls.key", gateway.tls.key),
        WEIR_START_KEY("admin.listen", admin.listen),
        WEIR_START_KEY("admin.public_url", admin.public_url),
        WEIR_START_KEY("admin.gateway_url", admin.gateway_url),
        WEIR_START_KEY("storage.path", storage.path),
        WEIR_START_KEY("storage.record", storage.record),
        WEIR_START_KEY("storage.durability", storage.durability),
        WEIR_KEY("storage.commit_timeout", storage.commit_timeout),
        WEIR_START_KEY("storage.max_queue", storage.max_queue),
        WEIR_KEY("storage.retain_days", storage.retain_days),
        WEIR_KEY("storage.raw_streams", storage.raw_streams),
        WEIR_START_KEY("storage.indexed_properties", storage.indexed_properties),
        WEIR_START_KEY("storage.index_bodies", storage.index_bodies),
        WEIR_START_KEY("auth.required", auth.required),
        WEIR_KEY("cost.prices_file", cost.prices_file),
        WEIR_READ_KEY("log.level", log.level, read_log_level, false),
        WEIR_START_KEY("log.format", log.format),
        WEIR_START_KEY("vault.master_key_file", vault.master_key_file),
        WEIR_START_KEY("webhooks.first_retry", webhooks.first_retry),
        WEIR_START_KEY("webhooks.timeout", webhooks.timeout),
        WEIR_START_KEY("experiments.concurrency", experiments.concurrency),
        WEIR_START_KEY("experiments.max_attempts", experiments.max_attempts),
        WEIR_START_KEY("experiments.first_retry", experiments.first_retry),
        WEIR_START_KEY("experiments.timeout", experiments.timeout),
        WEIR_START_KEY("experiments.command_paths", experiments.command_paths),
        WEIR_START_KEY("experiments.command_timeout", experiments.command_timeout),
        WEIR_START_KEY("experiments.command_cpu_time", experiments.command_cpu_time),
        WEIR_START_KEY("experiments.command_memory", experiments.command_memory),
    };
    return table;
}

#undef WEIR_START_KEY
#undef WEIR_KEY
#undef WEIR_READ_KEY

std::optional<std::string> set_command(settings& to, std::string_view name, raw_value const& value)
{
    std::vector<std::string> words;
    if (read(value, words) || words.empty() || !words.front().starts_with('/'))
        return "must be a list of a program, by its absolute path, and its arguments, such as "
               "[\"/usr/bin/python3\", \"/etc/weir/tone.py\"]";
    to.experiments.commands[std::string(name)] = std::move(words);
    return {};
}

std::span<provider_key const> provider_keys()
{
    static provider_key const table[] = {
        {"base_url", [](provider_settings& p, raw_value const& v) { return read_base_url(v, p.base_url); }},
        {"kind", [](provider_settings& p, raw_value const& v) { return read(v, p.kind); }},
        {"api_key_env", [](provider_settings& p, raw_value const& v) { return read(v, p.api_key_env); }},
        {"stream_usage", [](provider_settings& p, raw_value const& v) { return read(v, p.stream_usage); }},
        {"local", [](provider_settings& p, raw_value const& v) { return read(v, p.local); }},
    };
    return table;
}

} // namespace weir::config
