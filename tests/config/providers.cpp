#include "config/built_in_providers.hpp"
#include "config/load.hpp"
#include "net/url.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <vector>

namespace weir::config
{
BOOST_AUTO_TEST_SUITE(providers)

namespace
{

loaded from(std::string_view toml, std::map<std::string, std::string> environment = {})
{
    test::temp_folder const folder;
    return load({.file = folder.write("weir.toml", toml), .environment = std::move(environment), .flags = {}});
}

} // namespace

// As the vendors document themselves. No base URL: each user has a host of their own.
BOOST_AUTO_TEST_CASE(the_well_known_providers_are_there_from_the_start)
{
    constexpr auto openai = wire_format::openai, anthropic = wire_format::anthropic, google = wire_format::google;
    constexpr auto bearer = key_header::authorization;
    struct {
        std::string name, base_url;
        wire_format kind;
        key_header key;
        bool stream_usage, local;
        std::vector<std::string> hosts;
    } const cases[] = {
        {"openai", "https://api.openai.com", openai, bearer, true, false, {"api.openai.com", "eu.api.openai.com"}},
        {"anthropic",
         "https://api.anthropic.com",
         anthropic,
         key_header::x_api_key,
         false,
         false,
         {"api.anthropic.com"}},
        {"azure",
         "",
         openai,
         key_header::api_key,
         false,
         false,
         {"mine.openai.azure.com", "mine.azure-api.net", "mine.cognitiveservices.azure.com",
          "mine.services.ai.azure.com"}},
        {"vertex",
         "https://aiplatform.googleapis.com",
         google,
         bearer,
         false,
         false,
         {"aiplatform.googleapis.com", "europe-west4-aiplatform.googleapis.com"}},
        {"google",
         "https://generativelanguage.googleapis.com",
         google,
         key_header::x_goog_api_key,
         false,
         false,
         {"generativelanguage.googleapis.com"}},
        {"bedrock", "", openai, bearer, false, false, {"bedrock-runtime.eu-west-1.amazonaws.com"}},
        {"groq", "https://api.groq.com/openai", openai, bearer, true, false, {"api.groq.com"}},
        {"mistral", "https://api.mistral.ai", openai, bearer, false, false, {"api.mistral.ai", "codestral.mistral.ai"}},
        {"together", "https://api.together.xyz", openai, bearer, false, false, {"api.together.xyz", "api.together.ai"}},
        {"openrouter",
         "https://openrouter.ai/api",
         openai,
         bearer,
         true,
         false,
         {"openrouter.ai", "api.openrouter.ai"}},
        {"deepseek", "https://api.deepseek.com", openai, bearer, true, false, {"api.deepseek.com"}},
        {"cohere", "https://api.cohere.com", openai, bearer, false, false, {"api.cohere.com", "api.cohere.ai"}},
        {"fireworks", "https://api.fireworks.ai/inference", openai, bearer, false, false, {"api.fireworks.ai"}},
        {"perplexity", "https://api.perplexity.ai", openai, bearer, false, false, {"api.perplexity.ai"}},
        {"xai", "https://api.x.ai", openai, bearer, false, false, {"api.x.ai"}},
        {"cerebras", "https://api.cerebras.ai", openai, bearer, true, false, {"api.cerebras.ai"}},
        {"deepinfra", "https://api.deepinfra.com", openai, bearer, true, false, {"api.deepinfra.com"}},
        {"hyperbolic", "https://api.hyperbolic.xyz", openai, bearer, false, false, {"api.hyperbolic.xyz"}},
        {"nebius",
         "https://api.tokenfactory.nebius.com",
         openai,
         bearer,
         true,
         false,
         {"api.tokenfactory.nebius.com", "api.studio.nebius.ai"}},
        {"novita", "https://api.novita.ai", openai, bearer, true, false, {"api.novita.ai"}},
        {"nvidia", "https://integrate.api.nvidia.com", openai, bearer, true, false, {"integrate.api.nvidia.com"}},
        {"llama", "https://api.llama.com", openai, bearer, false, false, {"api.llama.com"}},
        {"vercel", "https://ai-gateway.vercel.sh", openai, bearer, false, false, {"ai-gateway.vercel.sh"}},
        {"ollama", "http://127.0.0.1:11434", openai, bearer, true, true, {}},
        {"llamacpp", "http://127.0.0.1:8080", openai, bearer, true, true, {}},
        {"vllm", "http://127.0.0.1:8000", openai, bearer, true, true, {}},
        {"lmstudio", "http://127.0.0.1:1234", openai, bearer, true, true, {}},
    };
    settings const s;
    BOOST_TEST(s.providers.size() == std::size(cases));
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.name)
        {
            BOOST_REQUIRE(s.providers.contains(c.name));
            auto const& got = s.providers.at(c.name);
            BOOST_TEST(got.base_url == c.base_url);
            BOOST_TEST((got.kind == c.kind));
            BOOST_TEST((key_header_of(got) == c.key));
            BOOST_TEST(got.stream_usage == c.stream_usage);
            BOOST_TEST(got.local == c.local);
            BOOST_TEST(!got.configured);
            for (auto const& host : c.hosts) {
                auto const* owner = provider_of_host(host);
                BOOST_TEST_CONTEXT(host) BOOST_TEST((owner && owner->name == c.name));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_provider_of_another_name_takes_its_key_as_its_vendor_or_its_kind_does)
{
    struct {
        std::string base_url;
        wire_format kind;
        key_header expected;
    } const cases[] = {
        {"https://mine.openai.azure.com", wire_format::openai, key_header::api_key},
        {"https://europe-west4-aiplatform.googleapis.com", wire_format::google, key_header::authorization},
        {"https://api.anthropic.com", wire_format::openai, key_header::x_api_key},
        {"https://llm.example.com", wire_format::openai, key_header::authorization},
        {"https://llm.example.com", wire_format::anthropic, key_header::x_api_key},
        {"https://llm.example.com", wire_format::google, key_header::x_goog_api_key},
    };
    for (auto const& c : cases) {
        provider_settings p;
        p.name = "mine";
        p.base_url = c.base_url;
        p.kind = c.kind;
        BOOST_TEST_CONTEXT(c.base_url) BOOST_TEST((key_header_of(p) == c.expected));
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
