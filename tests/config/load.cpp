#include "config/load.hpp"

#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::config
{
namespace
{

struct loading {
    test::temp_folder folder;
    std::string file = folder.file("weir.toml");

    loaded from(std::string_view toml, std::map<std::string, std::string> environment = {},
                std::map<std::string, std::string> flags = {}, bool insecure = false) const
    {
        folder.write("weir.toml", toml);
        return load(
            {.file = file, .environment = std::move(environment), .flags = std::move(flags), .insecure = insecure});
    }

    /// The only error, or all of them in one line.
    std::string error_of(std::string_view toml) const
    {
        std::string all;
        for (auto const& e : from(toml).errors) all += (all.empty() ? "" : " AND ") + e;
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(loading_the_configuration, loading)

BOOST_AUTO_TEST_CASE(without_any_source_everything_has_the_default_of_the_contract)
{
    auto const l = from("");
    auto const& s = l.values;

    BOOST_TEST(l.errors.empty());
    BOOST_TEST(s.gateway.listen.host == "127.0.0.1");
    BOOST_TEST(s.gateway.listen.port == 8787);
    BOOST_TEST(s.admin.listen.port == 8585);
    BOOST_TEST(s.gateway.default_provider == "openai");
    BOOST_TEST(s.gateway.max_request_body.bytes == 2ULL << 30U);
    BOOST_TEST(s.gateway.max_rewritten_body.bytes == 16ULL << 20U);
    BOOST_TEST(s.gateway.max_logged_body.bytes == 4ULL << 20U);
    BOOST_TEST(s.gateway.max_capture_memory.bytes == 1ULL << 30U);
    BOOST_TEST(s.gateway.max_header_bytes.bytes == 64ULL << 10U);
    BOOST_TEST(s.gateway.max_connections == 10000);
    BOOST_TEST(s.gateway.max_connections_per_client == 0);
    BOOST_TEST(s.gateway.header_timeout.count() == 30'000);
    BOOST_TEST(s.gateway.connect_timeout.count() == 10'000);
    BOOST_TEST(s.gateway.first_byte_timeout.count() == 600'000);
    BOOST_TEST(s.gateway.idle_timeout.count() == 300'000);
    BOOST_TEST(s.gateway.drain_timeout.count() == 30'000);
    BOOST_TEST((s.gateway.stream_usage == stream_usage_mode::inject));
    BOOST_TEST(s.storage.path == "weir.db");
    BOOST_TEST((s.storage.durability == durability_mode::async));
    BOOST_TEST(s.storage.commit_timeout.count() == 5000);
    BOOST_TEST(s.storage.retain_days == 0);
    BOOST_TEST(!s.auth.required);
    BOOST_TEST(s.log.level == "info");
}

BOOST_AUTO_TEST_CASE(a_flag_beats_the_environment_beats_the_file_beats_the_default)
{
    std::string_view const toml = "[log]\nlevel = \"debug\"\n";
    std::map<std::string, std::string> const environment{{"WEIR_LOG_LEVEL", "warn"}};

    BOOST_TEST(from("").values.log.level == "info");
    BOOST_TEST(from(toml).values.log.level == "debug");
    BOOST_TEST(from(toml, environment).values.log.level == "warn");
    BOOST_TEST(from(toml, environment, {{"log.level", "error"}}).values.log.level == "error");
}

BOOST_AUTO_TEST_CASE(what_was_read_is_known_whatever_won)
{
    std::map<std::string, std::string> const environment{{"WEIR_LOG_LEVEL", "warn"}, {"WEIR_BINARY", "x"}};

    auto const all = from("[log]\nlevel = \"debug\"\n", environment, {{"log.level", "error"}}).read_from;

    BOOST_TEST((all == std::vector<std::string>{file, "environment WEIR_LOG_LEVEL", "command line log.level"}));
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_an_error_that_names_file_line_key_and_the_nearest_known_one)
{
    BOOST_TEST(error_of("[gateway]\nlisten = \"127.0.0.1:1\"\nlistne = \"x\"\n") ==
               file + ":3: gateway.listne: unknown key; did you mean gateway.listen?");
    BOOST_TEST(error_of("[gatway]\nlisten = \"x\"\n").find(file + ":1: gatway: unknown key") == 0U);
    BOOST_TEST(error_of("\n\nstorage.paht = \"x\"\n").find("did you mean storage.path?") != std::string::npos);
    BOOST_TEST(error_of("[providers.openai]\nbase_ulr = \"https://x\"\n")
                   .find(file + ":2: providers.openai.base_ulr: unknown key") == 0U);
}

BOOST_AUTO_TEST_CASE(commands_are_programs_by_their_absolute_paths)
{
    auto const good = from("[experiments]\ncommand_timeout = \"3s\"\n[experiments.commands]\n"
                           "tone = [\"/bin/tone\", \"a b\"]\nother = \"/bin/other\"\n");
    BOOST_TEST(good.errors.empty());
    std::map<std::string, std::vector<std::string>> const expected{{"tone", {"/bin/tone", "a b"}},
                                                                   {"other", {"/bin/other"}}};
    BOOST_TEST((good.values.experiments.commands == expected));

    for (auto const* wrong : {"tone = []", "tone = [\"tone\"]", "tone = \"\"", "tone = 7"})
        BOOST_TEST(error_of("[experiments.commands]\n" + std::string(wrong) + "\n")
                       .find(file + ":2: experiments.commands.tone: must be a list of a program") == 0U);
    BOOST_TEST(error_of("[experiments.commands.tone]\nprogram = \"/bin/tone\"\n").find(file + ":1: ") == 0U);
    BOOST_TEST(error_of("[experiments.commands]\n\"a b\" = \"/bin/tone\"\n") ==
               file + ":2: experiments.commands.a b: a command's name is of letters, digits, '-' and '_'");
    BOOST_TEST(error_of("[experiments]\ncommand_paths = [\"opt\"]\n") ==
               file + ":2: experiments.command_paths: \"opt\" is no absolute path");
    BOOST_TEST(error_of("[experiments]\ncommand_memory = \"1MiB\"\n") ==
               file + ":2: experiments.command_memory: must be at least 16MiB");
    BOOST_TEST(error_of("[experiments]\ncommands = \"/bin/tone\"\n").find("experiments.commands: unknown key") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_variable_or_flag_is_an_error_too_but_other_programs_variables_are_not)
{
    auto const error_of_variable = [this](std::string const& name) {
        auto const errors = from("", {{name, "debug"}}).errors;
        return errors.size() == 1 ? errors[0] : std::to_string(errors.size()) + " errors";
    };
    BOOST_TEST(error_of_variable("WEIR_LOG_LEVL") ==
               "environment WEIR_LOG_LEVL: unknown key; did you mean WEIR_LOG_LEVEL?");
    BOOST_TEST(error_of_variable("WEIR_GATEWAY_LISTN") ==
               "environment WEIR_GATEWAY_LISTN: unknown key; did you mean WEIR_GATEWAY_LISTEN?");
    BOOST_TEST(error_of_variable("WEIR_PROVIDERS_LAB_BASEURL") ==
               "environment WEIR_PROVIDERS_LAB_BASEURL: unknown key; did you mean WEIR_PROVIDERS_NAME_BASE_URL?");
    BOOST_TEST(error_of_variable("WEIR_VAULT_MASTER_KEYFILE") ==
               "environment WEIR_VAULT_MASTER_KEYFILE: unknown key; did you mean WEIR_VAULT_MASTER_KEY_FILE?");
    BOOST_TEST(error_of_variable("WEIR_WEBHOOKS_TIMEOUTT") ==
               "environment WEIR_WEBHOOKS_TIMEOUTT: unknown key; did you mean WEIR_WEBHOOKS_TIMEOUT?");
    BOOST_TEST(error_of_variable("WEIR_GATEWAY_SERVICE_PORT_HTTPS_NUMBER") ==
               "environment WEIR_GATEWAY_SERVICE_PORT_HTTPS_NUMBER: unknown key; docs/configuration.md lists them");

    BOOST_TEST(from("", {}, {{"log.levl", "debug"}}).errors.size() == 1U);
    BOOST_TEST(from("", {{"WEIR_BINARY", "x"}, {"PATH", "x"}, {"WEIR_VAULT_MASTER_KEY", "x"}}).errors.empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_an_error_with_its_line_and_what_would_be_right)
{
    BOOST_TEST(error_of("[gateway]\nidle_timeout = 30\n").find(file + ":2: gateway.idle_timeout: must be a duration") ==
               0U);
    BOOST_TEST(error_of("[gateway]\nthreads = \"x\"\n").find("must be a whole number") != std::string::npos);
    BOOST_TEST(error_of("[gateway]\nthreads = -1\n").find("must not be negative") != std::string::npos);
    BOOST_TEST(error_of("[gateway]\nallowed_targets = [1]\n").find("list of texts") != std::string::npos);
    BOOST_TEST(error_of("[gateway]\nlisten = \"8787\"\n").find("HOST:PORT") != std::string::npos);
    BOOST_TEST(error_of("[storage]\ndurability = \"sync\"\n").find("\"async\", \"commit\"") != std::string::npos);
    BOOST_TEST(error_of("[gateway]\nidle_timeout = 1.5\n") != "");
    BOOST_TEST(error_of("[gateway]\nidle_timeout = 2026-01-01\n") != "");
    BOOST_TEST(error_of("gateway = 5\n") != "");
}

BOOST_AUTO_TEST_CASE(all_errors_are_found_not_only_the_first)
{
    auto const l = from("[gateway]\nthreads = -1\nbogus = 1\n[log]\nlevel = \"loud\"\n", {{"WEIR_LOG_FORMAT", "xml"}});

    BOOST_TEST(l.errors.size() == 4U);
}

BOOST_AUTO_TEST_CASE(what_only_makes_sense_together_is_named_with_its_place_and_beside_other_errors)
{
    struct {
        std::string toml, expected;
    } const cases[] = {
        {"[gateway]\nlistne = \"x\"\ndefault_provider = \"opnai\"\n",
         file + ":2: gateway.listne: unknown key; did you mean gateway.listen? AND " + file +
             ":3: gateway.default_provider: no provider has that name; did you mean openai?"},
        {"[gateway]\nlisten = \"0.0.0.0:1\"\n", file + ":2: gateway.listen: listens beyond loopback without keys: set "
                                                       "auth.required = true (weir keys create makes a key), or give "
                                                       "--insecure if something else keeps strangers out"},
        {"\n[providers.lab]\nkind = \"openai\"\n",
         file + ":2: providers.lab.base_url: is required: weir does not know this provider's host"},
        {"[gateway.tls]\ncertificate = \"x\"\n",
         file + ":2: gateway.tls.key: is missing: a certificate and its key belong together"},
        // What follows from an error is none of its own.
        {"[providers.lab]\nbase_ulr = \"https://x\"\n", file + ":2: providers.lab.base_ulr: unknown key; did you mean "
                                                               "providers.NAME.base_url?"},
        {"[providers.openai.more]\nx = 1\n",
         file + ":1: providers.openai.more: unknown key; docs/configuration.md lists them"},
        {"gateway.listen = \"0.0.0.0:1\"\nauth.required = 7\n", file + ":2: auth.required: must be true or false"},
    };
    for (auto const& c : cases) BOOST_TEST(error_of(c.toml) == c.expected);

    auto const elsewhere =
        from("[storage]\nretain_days = 1\n", {{"WEIR_STORAGE_RETAIN_DAYS", "99999"}}, {{"admin.public_url", "weir"}})
            .errors;
    std::vector<std::string> const expected{
        "environment WEIR_STORAGE_RETAIN_DAYS: storage.retain_days: must be at most 36500; 0 keeps calls for ever",
        "command line: admin.public_url: must be an http or https URL, such as \"https://weir.example.com\""};
    BOOST_TEST(elsewhere == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_problem_that_is_found_later_has_the_place_of_its_key)
{
    auto const l = from("[cost]\nprices_file = \"p.json\"\n");

    BOOST_TEST(l.placed("cost.prices_file: p.json cannot be read") ==
               file + ":2: cost.prices_file: p.json cannot be read");
    BOOST_TEST(l.placed("log.level: is wrong") == "configuration: log.level: is wrong");
    BOOST_TEST(l.placed("environment WEIR_X: is wrong") == "environment WEIR_X: is wrong");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_toml_is_an_error_with_its_line)
{
    BOOST_TEST(error_of("[gateway]\nlisten = \n").find(file + ":2: not valid TOML") == 0U);
    BOOST_TEST(error_of("[gateway]\nthreads = 1\nthreads = 2\n").find(file + ":3") == 0U);
}

BOOST_AUTO_TEST_CASE(letters_that_toml_does_not_take_in_keys_are_errors_with_their_line)
{
    for (std::string const key : {"caf\xc3\xa9", "gate\xcb\xb7[y]", "\xd2\x99", "\xef\xbb\xbf", "a\xff"})
        BOOST_TEST_CONTEXT(key) BOOST_TEST(error_of("[gateway]\n" + key + " = 1\n").find(file) == 0U);
}

BOOST_AUTO_TEST_CASE(a_file_that_was_named_must_be_readable)
{
    auto const l = load({.file = folder.file("absent.toml"), .environment = {}, .flags = {}});

    BOOST_REQUIRE(l.errors.size() == 1U);
    BOOST_TEST(l.errors[0].find("absent.toml: cannot be read") != std::string::npos);
    BOOST_TEST(!load({.file = folder.file(""), .environment = {}, .flags = {}}).errors.empty()); // a folder
}

BOOST_AUTO_TEST_CASE(listening_beyond_loopback_needs_keys_or_insecure)
{
    struct {
        std::string_view listen;
        bool good;
    } const cases[] = {{"127.0.0.1:1", true}, {"127.1.2.3:1", true},     {"[::1]:1", true},
                       {"localhost:1", true}, {"0.0.0.0:1", false},      {"[::]:1", false},
                       {"10.0.0.1:1", false}, {"weir.example:1", false}, {"[::ffff:10.0.0.1]:1", false}};
    for (auto const& c : cases) {
        for (std::string const key : {"gateway.listen", "admin.listen"}) {
            BOOST_TEST_CONTEXT(key << " = " << c.listen)
            {
                auto const toml = key + " = \"" + std::string(c.listen) + "\"\n";
                auto const strict = from(toml), insecure = from(toml, {}, {}, true);
                auto const with_keys = from(toml + "auth.required = true\n");
                BOOST_TEST(strict.errors.empty() == c.good);
                BOOST_TEST((c.good || strict.errors[0].find(key) != std::string::npos));
                BOOST_TEST(insecure.errors.empty());
                BOOST_TEST(with_keys.errors.empty());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_only_makes_sense_together_is_checked)
{
    BOOST_TEST(error_of("gateway.default_provider = \"opnai\"").find("did you mean openai?") != std::string::npos);
    BOOST_TEST(from("gateway.default_provider = \"gemini\"").values.gateway.default_provider == "google");
    BOOST_TEST(error_of("gateway.max_connections = 0") != "");
    BOOST_TEST(error_of("gateway.max_header_bytes = 100") != "");
    BOOST_TEST(error_of("storage.path = \"\"") != "");
    BOOST_TEST(error_of("gateway.tls.certificate = \"x\"").find("gateway.tls.key: is missing") != std::string::npos);
    BOOST_TEST(error_of("gateway.tls.key = \"x\"").find("gateway.tls.certificate: is missing") != std::string::npos);
    for (std::string const bad : {"a b", "https://h/path", "host:80", "ftp://x", "", "https://user@h"})
        BOOST_TEST_CONTEXT(bad) BOOST_TEST(error_of("gateway.allowed_targets = [\"" + bad + "\"]") != "");
    for (std::string const fine : {"api.example.com", "http://10.0.0.5:8000", "https://h/"})
        BOOST_TEST_CONTEXT(fine) BOOST_TEST(error_of("gateway.allowed_targets = [\"" + fine + "\"]") == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::config
