#include "config/key_table.hpp"
#include "config/load.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace weir::config
{
BOOST_AUTO_TEST_SUITE(keys_of_the_configuration)

namespace
{

/// A good value of each key that is not its default, as the environment would have it, and the same in TOML.
struct sample {
    std::string_view path, text, toml;
};
constexpr sample samples[] = {
    {"gateway.listen", "127.0.0.1:9999", "\"127.0.0.1:9999\""},
    {"gateway.default_provider", "anthropic", "\"anthropic\""},
    {"gateway.threads", "3", "3"},
    {"gateway.max_request_body", "1MiB", "1048576"},
    {"gateway.max_rewritten_body", "1MiB", "\"1MiB\""},
    {"gateway.max_logged_body", "1MiB", "\"1MiB\""},
    {"gateway.max_capture_memory", "1MiB", "\"1MiB\""},
    {"gateway.max_header_bytes", "32KiB", "\"32KiB\""},
    {"gateway.max_connections", "7", "7"},
    {"gateway.max_connections_per_client", "7", "7"},
    {"gateway.max_upstream_connections", "7", "7"},
    {"gateway.header_timeout", "7s", "\"7s\""},
    {"gateway.connect_timeout", "7s", "\"7s\""},
    {"gateway.first_byte_timeout", "7s", "\"7s\""},
    {"gateway.idle_timeout", "7s", "\"7s\""},
    {"gateway.keep_alive_timeout", "7s", "\"7s\""},
    {"gateway.upstream_idle_timeout", "7s", "\"7s\""},
    {"gateway.dns_ttl", "7s", "\"7s\""},
    {"gateway.drain_timeout", "7s", "\"7s\""},
    {"gateway.allowed_targets", "a.example, http://10.0.0.5:8000", "[\"a.example\", \"http://10.0.0.5:8000\"]"},
    {"gateway.stream_usage", "as_is", "\"as_is\""},
    {"gateway.allowed_origins", "https://a.example", "[\"https://a.example\"]"},
    {"gateway.ca_file", "ca.pem", "\"ca.pem\""},
    {"admin.listen", "[::1]:9998", "\"[::1]:9998\""},
    {"admin.public_url", "https://weir.example", "\"https://weir.example\""},
    {"admin.gateway_url", "http://127.0.0.1:9999", "\"http://127.0.0.1:9999\""},
    {"storage.path", "other.db", "\"other.db\""},
    {"storage.record", "none", "\"none\""},
    {"storage.durability", "commit", "\"commit\""},
    {"storage.commit_timeout", "7s", "\"7s\""},
    {"storage.max_queue", "1MiB", "\"1MiB\""},
    {"storage.retain_days", "7", "7"},
    {"storage.raw_streams", "true", "true"},
    {"storage.indexed_properties", "Tenant, app-id", "[\"Tenant\", \"app-id\"]"},
    {"storage.index_bodies", "true", "true"},
    {"auth.required", "true", "true"},
    {"cost.prices_file", "prices.json", "\"prices.json\""},
    {"log.level", "debug", "\"debug\""},
    {"log.format", "json", "\"json\""},
    {"vault.master_key_file", "key", "\"key\""},
    {"webhooks.first_retry", "7s", "\"7s\""},
    {"webhooks.timeout", "7s", "\"7s\""},
    {"experiments.concurrency", "7", "7"},
    {"experiments.max_attempts", "7", "7"},
    {"experiments.first_retry", "7s", "\"7s\""},
    {"experiments.timeout", "7s", "\"7s\""},
    {"experiments.command_paths", "/opt/a, /opt/b", "[\"/opt/a\", \"/opt/b\"]"},
    {"experiments.command_timeout", "7s", "\"7s\""},
    {"experiments.command_cpu_time", "7s", "\"7s\""},
    {"experiments.command_memory", "64MiB", "\"64MiB\""},
    {"experiments.commands.NAME", "/bin/tone, -x", "[\"/bin/tone\", \"-x\"]"},
    {"providers.NAME.base_url", "https://llm.example/v1", "\"https://llm.example/v1\""},
    {"providers.NAME.kind", "anthropic", "\"anthropic\""},
    {"providers.NAME.api_key_env", "LLM_KEY", "\"LLM_KEY\""},
    {"providers.NAME.stream_usage", "true", "true"},
    {"providers.NAME.local", "true", "true"},
};

/// Keys that are only good together.
constexpr std::string_view paired[] = {"gateway.tls.certificate", "gateway.tls.key"};

std::string named(std::string_view path)
{
    std::string out(path);
    if (auto const at = out.find("NAME"); at != out.npos) out.replace(at, 4, "mine");
    return out;
}

std::string variable_of(std::string_view path)
{
    std::string out = "WEIR_";
    for (char const c : named(path)) out += c == '.' ? '_' : static_cast<char>(std::toupper(c));
    return out;
}

/// A provider of one's own must have a URL.
std::map<std::string, std::string> with_provider(std::string_view path)
{
    if (!path.starts_with("providers.") || path.ends_with("base_url")) return {};
    return {{"WEIR_PROVIDERS_MINE_BASE_URL", "https://llm.example/v1"}};
}

/// All settings of a loaded configuration that a sample can change, as one text.
std::string told(settings const& s)
{
    std::string out;
    auto const add = [&](auto const& value) {
        if constexpr (std::is_convertible_v<decltype(value), std::string>)
            out += value;
        else if constexpr (requires { value.bytes; })
            out += std::to_string(value.bytes);
        else if constexpr (requires { value.count(); })
            out += std::to_string(value.count());
        else
            out += std::to_string(static_cast<long long>(value));
        out += '|';
    };
    auto const& g = s.gateway;
    for (auto const& l : {g.listen, s.admin.listen}) add(l.host), add(l.port);
    add(g.default_provider), add(g.threads);
    for (auto const b : {g.max_request_body, g.max_rewritten_body, g.max_logged_body, g.max_capture_memory,
                         g.max_header_bytes, s.storage.max_queue, s.experiments.command_memory})
        add(b);
    for (auto const n : {g.max_connections, g.max_connections_per_client, g.max_upstream_connections,
                         s.storage.retain_days, s.experiments.concurrency, s.experiments.max_attempts})
        add(n);
    for (auto const t :
         {g.header_timeout, g.connect_timeout, g.first_byte_timeout, g.idle_timeout, g.keep_alive_timeout,
          g.upstream_idle_timeout, g.dns_ttl, g.drain_timeout, s.storage.commit_timeout, s.webhooks.first_retry,
          s.webhooks.timeout, s.experiments.first_retry, s.experiments.timeout, s.experiments.command_timeout,
          s.experiments.command_cpu_time})
        add(t);
    for (auto const* list :
         {&g.allowed_targets, &g.allowed_origins, &s.storage.indexed_properties, &s.experiments.command_paths})
        for (auto const& e : *list) add(e);
    add(g.stream_usage), add(g.ca_file), add(s.admin.public_url), add(s.admin.gateway_url), add(s.storage.path),
        add(s.storage.record);
    add(s.storage.durability);
    add(s.storage.raw_streams), add(s.storage.index_bodies), add(s.auth.required), add(s.cost.prices_file),
        add(s.log.level), add(s.log.format);
    add(s.vault.master_key_file);
    for (auto const& [name, words] : s.experiments.commands) {
        add(name);
        for (auto const& word : words) add(word);
    }
    if (auto const mine = s.providers.find("mine"); mine != s.providers.end()) {
        auto const& p = mine->second;
        add(p.base_url), add(p.kind), add(p.api_key_env), add(p.stream_usage), add(p.local);
    }
    return out;
}

/// The default in the page's line of a key, as the environment would have it; none without such a line.
std::optional<std::string> documented_default(std::string const& page, std::string const& path)
{
    auto const line = "\n| `" + path + "` | ";
    auto const at = page.find(line);
    if (at == page.npos) return std::nullopt;
    auto const begin = at + line.size();
    auto const cell = page.substr(begin, page.find(" | ", begin) - begin);
    if (cell == "none" || cell == "`[]`") return "";
    return cell.size() > 2 && cell.front() == '`' && cell.back() == '`' ? cell.substr(1, cell.size() - 2) : cell;
}

bool is_bytes(std::string_view path)
{
    return std::any_of(std::begin(samples), std::end(samples),
                       [&](auto const& s) { return s.path == path && s.text.ends_with("iB"); });
}

settings good(sources const& from)
{
    auto const l = load(from);
    BOOST_TEST(l.errors.empty(), (l.errors.empty() ? "" : l.errors.front()));
    return l.values;
}

} // namespace

BOOST_AUTO_TEST_CASE(every_key_has_a_sample_here)
{
    for (auto const& path : key_paths()) {
        bool const known =
            std::any_of(std::begin(samples), std::end(samples), [&](auto const& s) { return s.path == path; }) ||
            std::find(std::begin(paired), std::end(paired), path) != std::end(paired);
        BOOST_TEST_CONTEXT(path) BOOST_TEST(known);
    }
}

BOOST_AUTO_TEST_CASE(every_key_is_read_from_the_environment_a_flag_and_the_file_alike)
{
    test::temp_folder const folder;
    auto const empty = folder.write("empty.toml", "");
    for (auto const& s : samples) {
        BOOST_TEST_CONTEXT(s.path)
        {
            auto const base = with_provider(s.path);
            auto const before = told(good({.file = empty, .environment = base, .flags = {}}));

            auto variables = base;
            variables[variable_of(s.path)] = s.text;
            auto const by_environment = told(good({.file = empty, .environment = variables, .flags = {}}));
            auto const by_flag =
                told(good({.file = empty, .environment = base, .flags = {{named(s.path), std::string(s.text)}}}));
            auto const file = folder.write("one.toml", named(s.path) + " = " + std::string(s.toml) + "\n");
            auto const by_file = told(good({.file = file, .environment = base, .flags = {}}));

            BOOST_TEST(by_environment != before);
            BOOST_TEST(by_flag == by_environment);
            BOOST_TEST(by_file == by_environment);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_and_its_key_are_read_from_the_environment_flags_and_the_file_alike)
{
    test::temp_folder const folder;
    auto const empty = folder.write("empty.toml", "");
    auto const file = folder.write("tls.toml", "[gateway.tls]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n");
    sources const cases[] = {
        {.file = file, .environment = {}, .flags = {}},
        {.file = empty,
         .environment = {{"WEIR_GATEWAY_TLS_CERTIFICATE", "a.pem"}, {"WEIR_GATEWAY_TLS_KEY", "a.key"}},
         .flags = {}},
        {.file = empty,
         .environment = {},
         .flags = {{"gateway.tls.certificate", "a.pem"}, {"gateway.tls.key", "a.key"}}},
    };
    for (auto const& from : cases) {
        auto const tls = good(from).gateway.tls;
        BOOST_TEST(tls.certificate == "a.pem");
        BOOST_TEST(tls.key == "a.key");
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_an_error_that_names_the_key_and_what_it_must_be)
{
    test::temp_folder const folder;
    auto const empty = folder.write("empty.toml", "");
    for (auto const& path : key_paths()) {
        bool const is_text = path.ends_with("_file") || path.ends_with("api_key_env") || path.ends_with("public_url") ||
                             path.ends_with("gateway_url") || path.ends_with(".path") ||
                             path.ends_with("tls.certificate") || path.ends_with("tls.key") ||
                             path.ends_with("allowed_origins");
        if (is_text) continue; // any text is good
        BOOST_TEST_CONTEXT(path)
        {
            auto variables = with_provider(path);
            variables[variable_of(path)] = "no such value!";
            auto const l = load({.file = empty, .environment = variables, .flags = {}});
            BOOST_REQUIRE(!l.errors.empty());
            BOOST_TEST(l.errors[0].find(named(path)) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_key_is_documented_with_its_default_and_unit)
{
    auto const page = test::content_of(std::string(WEIR_SOURCE_DIR) + "/docs/configuration.md");
    BOOST_REQUIRE(!page.empty());
    test::temp_folder const folder;
    auto const empty = folder.write("empty.toml", "");
    for (auto const& path : key_paths()) {
        BOOST_TEST_CONTEXT(path)
        {
            auto const said = documented_default(page, path);
            BOOST_TEST(said.has_value());
            if (!said || path == "providers.NAME.base_url" || path == "experiments.commands.NAME")
                continue; // these must be given
            auto const base = with_provider(path);
            auto const by_default = told(good({.file = empty, .environment = base, .flags = {}}));
            auto const as_said = told(good({.file = empty, .environment = base, .flags = {{named(path), *said}}}));

            BOOST_TEST(as_said == by_default);
            if (is_bytes(path)) BOOST_TEST(said->ends_with("B")); // durations are not read without a unit
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::config
