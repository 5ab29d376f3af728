#include "gateway/provider_keys.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
namespace
{

using config::wire_format;

struct with_own_keys {
    config::settings settings;
    std::map<std::string, std::string> environment{{"KEY", "secret"}};

    with_own_keys()
    {
        for (auto const* name : {"openai", "anthropic", "google", "vertex", "azure", "groq"})
            settings.providers[name].api_key_env = "KEY";
        settings.providers["azure"].base_url = "https://mine.openai.azure.com";
    }

    /// "name: value" of the field for a call to a provider, or nothing.
    std::string field(std::string provider, net::origin to, wire_format format, bool in_authorization = false) const
    {
        route r;
        r.provider = std::move(provider);
        r.to = std::move(to);
        r.format = format;
        provider_keys const keys(settings, environment);
        auto const* found = keys.find(r, in_authorization);
        return found ? std::string(found->name) + ": " + found->value : "";
    }

    /// The same of what a proxy key stands for.
    std::string lent(std::string owner, std::string provider, net::origin to, wire_format format,
                     bool in_authorization = false) const
    {
        route r;
        r.provider = std::move(provider);
        r.to = std::move(to);
        r.format = format;
        auto const found = credential_for(settings, {std::move(owner), "secret"}, r, in_authorization);
        return found ? std::string(found->name) + ": " + found->value : "";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(own_keys_of_providers, with_own_keys)

BOOST_AUTO_TEST_CASE(a_key_goes_into_the_field_in_which_the_provider_looks_for_it)
{
    struct {
        std::string provider, host;
        wire_format format;
        std::string_view expected;
    } const cases[] = {
        {"openai", "api.openai.com", wire_format::openai, "Authorization: Bearer secret"},
        {"groq", "api.groq.com", wire_format::openai, "Authorization: Bearer secret"},
        {"anthropic", "api.anthropic.com", wire_format::anthropic, "x-api-key: secret"},
        {"anthropic", "api.anthropic.com", wire_format::openai, "Authorization: Bearer secret"},
        {"google", "generativelanguage.googleapis.com", wire_format::google, "x-goog-api-key: secret"},
        {"google", "generativelanguage.googleapis.com", wire_format::openai, "Authorization: Bearer secret"},
        {"vertex", "aiplatform.googleapis.com", wire_format::google, "Authorization: Bearer secret"},
        {"vertex", "aiplatform.googleapis.com", wire_format::anthropic, "Authorization: Bearer secret"},
        {"vertex", "aiplatform.googleapis.com", wire_format::openai, "Authorization: Bearer secret"},
        {"azure", "mine.openai.azure.com", wire_format::openai, "api-key: secret"},
        {"mistral", "api.mistral.ai", wire_format::openai, ""},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.provider) BOOST_TEST(field(c.provider, {true, c.host, 443}, c.format) == c.expected);
}

BOOST_AUTO_TEST_CASE(anthropics_key_goes_where_the_client_had_its_own)
{
    net::origin const anthropic{true, "api.anthropic.com", 443}, azure{true, "mine.openai.azure.com", 443};

    BOOST_TEST(field("anthropic", anthropic, wire_format::anthropic, true) == "Authorization: Bearer secret");
    BOOST_TEST(field("azure", azure, wire_format::openai, true) == "api-key: secret");
}

BOOST_AUTO_TEST_CASE(a_key_of_a_provider_without_an_origin_is_a_problem)
{
    settings.providers["bedrock"].name = "bedrock";
    settings.providers["bedrock"].api_key_env = "KEY";
    provider_keys const keys(settings, environment);

    BOOST_REQUIRE(keys.problems().size() == 1U);
    BOOST_TEST(keys.problems().front().find("providers.bedrock.base_url") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_goes_to_its_providers_own_origin_only)
{
    net::origin const elsewhere[] = {{true, "theirs.openai.azure.com", 443},
                                     {false, "mine.openai.azure.com", 80},
                                     {true, "mine.openai.azure.com", 444}};
    for (auto const& to : elsewhere)
        BOOST_TEST_CONTEXT(to.text()) BOOST_TEST(field("azure", to, wire_format::openai) == "");
}

BOOST_AUTO_TEST_CASE(a_lent_key_goes_into_the_field_that_weirs_own_would)
{
    struct {
        std::string provider, host;
    } const cases[] = {{"openai", "api.openai.com"},
                       {"anthropic", "api.anthropic.com"},
                       {"google", "generativelanguage.googleapis.com"},
                       {"vertex", "aiplatform.googleapis.com"},
                       {"azure", "mine.openai.azure.com"}};
    for (auto const& c : cases)
        for (auto const format : {wire_format::openai, wire_format::anthropic, wire_format::google})
            for (bool const in_authorization : {false, true}) {
                net::origin const to{true, c.host, 443};
                BOOST_TEST_CONTEXT(c.provider)
                BOOST_TEST(lent(c.provider, c.provider, to, format, in_authorization) ==
                           field(c.provider, to, format, in_authorization));
            }
}

BOOST_AUTO_TEST_CASE(a_lent_key_goes_to_the_provider_of_that_name_or_alias_alone)
{
    net::origin const openai{true, "api.openai.com", 443}, google{true, "generativelanguage.googleapis.com", 443};
    BOOST_TEST(lent("OPENAI", "openai", openai, wire_format::openai) == "Authorization: Bearer secret");
    BOOST_TEST(lent("Gemini", "google", google, wire_format::google) == "x-goog-api-key: secret");
    BOOST_TEST(lent("openai", "google", google, wire_format::google) == "");
    BOOST_TEST(lent("openai", "openai", google, wire_format::openai) == "");
    BOOST_TEST(lent("openai", "openai", {true, "eu.api.openai.com", 443}, wire_format::openai) == "");
    BOOST_TEST(lent("openai", "openai", {false, "api.openai.com", 443}, wire_format::openai) == "");
    BOOST_TEST(lent("azure", "azure", {true, "evil.openai.azure.com", 443}, wire_format::openai) == "");
    BOOST_TEST(lent("bedrock", "bedrock", {}, wire_format::openai) == "");
    BOOST_TEST(lent("nobody", "nobody", openai, wire_format::openai) == "");
}

BOOST_AUTO_TEST_CASE(a_variable_that_cannot_be_used_is_a_problem_that_names_it)
{
    for (std::string const value : {"", "  ", "two words", "line\nbreak", "caf\xc3\xa9"}) {
        environment["KEY"] = value;
        provider_keys const keys(settings, environment);
        BOOST_REQUIRE(keys.problems().size() == 6U);
        BOOST_TEST(keys.problems().front().find("providers.anthropic.api_key_env") == 0U);
        BOOST_TEST(keys.problems().front().find("KEY") != std::string::npos);
        BOOST_TEST(field("openai", {true, "api.openai.com", 443}, wire_format::openai) == "");
    }
    environment.clear();
    BOOST_TEST(provider_keys(settings, environment).problems().size() == 6U);
    environment["KEY"] = "secret\n"; // as it comes out of a file
    BOOST_TEST(provider_keys(settings, environment).problems().empty());
    BOOST_TEST(field("openai", {true, "api.openai.com", 443}, wire_format::openai) == "Authorization: Bearer secret");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
