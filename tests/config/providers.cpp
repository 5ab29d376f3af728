#include "config/built_in_providers.hpp"
#include "config/load.hpp"
#include "net/url.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace weir::config
{
namespace
{

loaded from(std::string_view toml, std::map<std::string, std::string> environment = {})
{
    test::temp_folder const folder;
    return load({.file = folder.write("weir.toml", toml), .environment = std::move(environment), .flags = {}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(providers)

BOOST_AUTO_TEST_CASE(the_well_known_providers_are_there_from_the_start)
{
    settings const s;
    struct {
        std::string name, base_url;
        wire_format kind;
    } const cases[] = {
        {"openai", "https://api.openai.com", wire_format::openai},
        {"anthropic", "https://api.anthropic.com", wire_format::anthropic},
        {"google", "https://generativelanguage.googleapis.com", wire_format::google},
        {"mistral", "https://api.mistral.ai", wire_format::openai},
        {"ollama", "http://127.0.0.1:11434", wire_format::openai},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.name)
        {
            BOOST_REQUIRE(s.providers.contains(c.name));
            BOOST_TEST(s.providers.at(c.name).base_url == c.base_url);
            BOOST_TEST((s.providers.at(c.name).kind == c.kind));
            BOOST_TEST(!s.providers.at(c.name).configured);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_built_in_base_url_is_one)
{
    for (auto const& p : built_in_providers()) BOOST_TEST_CONTEXT(p.name)
    BOOST_TEST((p.base_url.empty() || net::parse_url(p.base_url).has_value()));
}

BOOST_AUTO_TEST_CASE(names_and_aliases_are_unique)
{
    std::set<std::string> seen;
    for (auto const& p : built_in_providers()) {
        BOOST_TEST_CONTEXT(p.name) BOOST_TEST(seen.insert(std::string(p.name)).second);
        std::string alias;
        for (char const c : std::string(p.aliases) + ",") {
            if (c != ',') {
                alias += c;
            } else if (!alias.empty()) {
                BOOST_TEST_CONTEXT(alias) BOOST_TEST(seen.insert(std::exchange(alias, {})).second);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(usage_is_never_asked_of_providers_that_send_it_anyway_or_refuse)
{
    settings const s;
    BOOST_TEST(!s.providers.at("mistral").stream_usage);
    BOOST_TEST(!s.providers.at("azure").stream_usage);
    BOOST_TEST(s.providers.at("openai").stream_usage);
}

BOOST_AUTO_TEST_CASE(a_provider_goes_by_any_of_its_names)
{
    BOOST_TEST(provider_id("gemini") == "google");
    BOOST_TEST(provider_id("Gemini") == "google");
    BOOST_TEST(provider_id("google") == "google");
    BOOST_TEST(provider_id("oai") == "openai");
    BOOST_TEST(provider_id("claude") == "anthropic");
    BOOST_TEST(provider_id("x") == "xai");
    BOOST_TEST(provider_id("Mine") == "mine");
}

BOOST_AUTO_TEST_CASE(a_host_belongs_to_its_provider)
{
    struct {
        std::string_view host, expected;
    } const cases[] = {
        {"api.openai.com", "openai"},
        {"eu.api.openai.com", "openai"},
        {"api.anthropic.com", "anthropic"},
        {"generativelanguage.googleapis.com", "google"},
        {"aiplatform.googleapis.com", "vertex"},
        {"us-central1-aiplatform.googleapis.com", "vertex"},
        {"my.openai.azure.com", "azure"},
        {"bedrock-runtime.us-east-1.amazonaws.com", "bedrock"},
        {"openrouter.ai", "openrouter"},
        {"evilopenai.com", ""},
        {"api.openai.com.evil.example", ""},
        {"xapi.openai.com", ""},
        {".api.openai.com", ""},
        {"openai.azure.com", ""},
        {"googleapis.com", ""},
        {"localhost", ""},
        {"", ""},
    };
    for (auto const& c : cases) {
        auto const* found = provider_of_host(c.host);
        BOOST_TEST_CONTEXT(c.host) BOOST_TEST((found ? found->name : "") == c.expected);
    }
}

BOOST_AUTO_TEST_CASE(a_table_overrides_a_built_in_provider_and_keeps_the_rest)
{
    auto const l = from("[providers.openai]\nbase_url = \"http://127.0.0.1:8788\"\n");
    auto const& p = l.values.providers.at("openai");

    BOOST_TEST(l.errors.empty());
    BOOST_TEST(p.base_url == "http://127.0.0.1:8788");
    BOOST_TEST((p.kind == wire_format::openai));
    BOOST_TEST(p.stream_usage);
    BOOST_TEST(p.configured);
}

BOOST_AUTO_TEST_CASE(gemini_is_google_in_tables_kinds_and_the_environment)
{
    auto const by_table = from("[providers.gemini]\nbase_url = \"http://127.0.0.1:1\"\n");
    BOOST_TEST(by_table.errors.empty());
    BOOST_TEST(by_table.values.providers.at("google").base_url == "http://127.0.0.1:1");
    BOOST_TEST(!by_table.values.providers.contains("gemini"));

    auto const by_variable = from("", {{"WEIR_PROVIDERS_GEMINI_BASE_URL", "http://127.0.0.1:2"}});
    BOOST_TEST(by_variable.errors.empty());
    BOOST_TEST(by_variable.values.providers.at("google").base_url == "http://127.0.0.1:2");

    auto const by_kind = from("[providers.mine]\nbase_url = \"https://x.example\"\nkind = \"gemini\"\n");
    BOOST_TEST((by_kind.values.providers.at("mine").kind == wire_format::google));
}

BOOST_AUTO_TEST_CASE(a_new_provider_needs_a_url_and_a_name_that_can_stand_in_one)
{
    BOOST_TEST(from("[providers.mine]\nbase_url = \"https://x.example\"\n").errors.empty());
    BOOST_TEST(from("[providers.my-own_2]\nbase_url = \"https://x.example\"\n").errors.empty());
    for (std::string const bad :
         {"[providers.mine]\nkind = \"openai\"\n", "[providers.mine]\n",
          "[providers.v1]\nbase_url = \"https://x.example\"\n",
          "[providers.healthz]\nbase_url = \"https://x.example\"\n",
          "[providers.\"a b\"]\nbase_url = \"https://x.example\"\n",
          "[providers.\"\"]\nbase_url = \"https://x.example\"\n", "[providers]\nmine = \"https://x.example\"\n",
          "[providers.mine]\nbase_url = \"ftp://x\"\n", "[providers.mine]\nbase_url = \"https://u:p@x\"\n",
          "[providers.mine]\nbase_url = \"https://x\"\nkind = \"soap\"\n",
          "[providers.mine.deep]\nbase_url = \"https://x\"\n"})
        BOOST_TEST_CONTEXT(bad) BOOST_TEST(!from(bad).errors.empty());
}

BOOST_AUTO_TEST_CASE(names_of_providers_are_the_same_in_any_case)
{
    auto const l =
        from("[providers.Mine]\nbase_url = \"https://x.example\"\n", {{"WEIR_PROVIDERS_MINE_KIND", "anthropic"}});

    BOOST_TEST(l.errors.empty());
    BOOST_TEST((l.values.providers.at("mine").kind == wire_format::anthropic));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::config
