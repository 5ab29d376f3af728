#include "gateway/routing.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
namespace
{

struct routing {
    config::settings settings;

    routing()
    {
        settings.providers["mine"] = {.name = "mine",
                                      .base_url = "http://10.0.0.5:8000/prefix",
                                      .kind = config::wire_format::openai,
                                      .api_key_env = {},
                                      .stream_usage = false,
                                      .local = false,
                                      .configured = true};
    }

    refusal find(std::string_view target, std::vector<net::field> const& fields, route& to) const
    {
        net::request_head head;
        head.method = "POST";
        head.target = target;
        head.fields = fields;
        return router(settings).find(head, to);
    }

    /// "provider origin target" of where a request goes, or the refusal's name.
    std::string goes_to(std::string_view target,
                        std::vector<net::field> const& fields = {{"Host", "127.0.0.1:8787"}}) const
    {
        route to;
        if (auto const why = find(target, fields, to)) return std::string(name_of(why.code));
        return to.provider + " " + to.to.text() + " " + to.target;
    }

    std::string why_not(std::string_view target, std::vector<net::field> const& fields = {}) const
    {
        route to;
        return find(target, fields, to).message;
    }
};

struct given {
    std::string_view target, expected;
    std::vector<net::field> fields = {};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(routes, routing)

BOOST_AUTO_TEST_CASE(a_provider_in_the_path_gets_the_rest_of_it)
{
    given const cases[] = {
        {"/openai/v1/chat/completions", "openai https://api.openai.com /v1/chat/completions"},
        {"/oai/v1/models?limit=2", "openai https://api.openai.com /v1/models?limit=2"},
        {"/OpenAI/v1/models", "openai https://api.openai.com /v1/models"},
        {"/anthropic/v1/messages", "anthropic https://api.anthropic.com /v1/messages"},
        {"/claude/v1/messages", "anthropic https://api.anthropic.com /v1/messages"},
        {"/gemini/v1beta/models/m:generateContent",
         "google https://generativelanguage.googleapis.com /v1beta/models/m:generateContent"},
        {"/google/v1beta/models", "google https://generativelanguage.googleapis.com /v1beta/models"},
        {"/x/v1/chat/completions", "xai https://api.x.ai /v1/chat/completions"},
        {"/mine/v1/x", "mine http://10.0.0.5:8000 /prefix/v1/x"},
        {"/mine/prefix/v1/x", "mine http://10.0.0.5:8000 /prefix/v1/x"},
        {"/mine/prefixed", "mine http://10.0.0.5:8000 /prefix/prefixed"},
        {"/groq/v1/chat/completions", "groq https://api.groq.com /openai/v1/chat/completions"},
        {"/groq/openai/v1/models", "groq https://api.groq.com /openai/v1/models"},
        {"/openrouter/v1/chat/completions", "openrouter https://openrouter.ai /api/v1/chat/completions"},
        {"/openrouter/api/v1/models", "openrouter https://openrouter.ai /api/v1/models"},
        {"/openai", "openai https://api.openai.com /"},
        {"/openai/", "openai https://api.openai.com /"},
        {"/openai?x=1", "openai https://api.openai.com /?x=1"},
        {"/openai//v1/models", "openai https://api.openai.com /v1/models"},
        {"/openai/v1//models", "openai https://api.openai.com /v1//models"},
        {"/openai/v1/a%2Fb%20c/../d", "openai https://api.openai.com /v1/a%2Fb%20c/../d"},
        {"/openai/v1/x?u=https://a/b&k=%2F?", "openai https://api.openai.com /v1/x?u=https://a/b&k=%2F?"},
        {"/ollama/api/chat", "ollama http://127.0.0.1:11434 /api/chat"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.target) BOOST_TEST(goes_to(c.target) == c.expected);
}

BOOST_AUTO_TEST_CASE(the_paths_of_a_self_hosted_helicone_work_alike)
{
    given const cases[] = {
        {"/v1/gateway/oai/v1/chat/completions", "openai https://api.openai.com /v1/chat/completions"},
        {"/v1/gateway/anthropic/v1/messages", "anthropic https://api.anthropic.com /v1/messages"},
        {"/v1/gateway/mine/v1/x", "mine http://10.0.0.5:8000 /prefix/v1/x"},
        {"/v1/gateway/nobody/v1/x", "unknown_provider"},
        {"/v1/gateway/", "unknown_provider"},
        {"/v1/gateway/v1/chat/completions",
         "openai https://api.openai.com /v1/chat/completions",
         {{"Helicone-Target-Url", "https://api.openai.com/v1"}}},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.target) BOOST_TEST(goes_to(c.target, c.fields) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_target_header_gives_the_origin_and_the_request_the_path)
{
    std::string_view const target = "Helicone-Target-Url";
    given const cases[] = {
        {"/v1/chat/completions",
         "openai https://api.openai.com /v1/chat/completions",
         {{target, "https://api.openai.com"}}},
        {"/v1/chat/completions",
         "openai https://api.openai.com /v1/chat/completions",
         {{target, "https://api.openai.com/v1"}}},
        {"/any/path?q", "groq https://api.groq.com /any/path?q", {{target, "https://api.groq.com/openai"}}},
        {"/v1/x",
         "anthropic https://api.anthropic.com /v1/x",
         {{"HELICONE-TARGET-URL", " https://API.anthropic.com:443/ "}}},
        {"/v1/x",
         "together https://api.together.xyz /v1/x",
         {{"Helicone-OpenAI-Api-Base", "https://api.together.xyz/v1"}}},
        {"/v1/x",
         "openai https://api.openai.com /v1/x",
         {{"Helicone-OpenAI-Api-Base", "https://api.groq.com"},
          {target, "https://api.openai.com"}}}, // §1.2: before the other
        {"/v1/x", "azure https://my.openai.azure.com /v1/x", {{target, "https://my.openai.azure.com"}}},
        {"/v1/x", "invalid_target", {{target, "api.openai.com"}}},
        {"/v1/x", "invalid_target", {{target, ""}}},
        {"/v1/x", "invalid_target", {{target, "https://user:pass@api.openai.com"}}},
        {"/v1/x", "invalid_target", {{target, "ftp://api.openai.com"}}},
        {"/openai/v1/x",
         "openai https://api.openai.com /v1/x",
         {{target, "https://api.groq.com"}}}, // the path goes first
        {"/v1/messages", "groq https://api.groq.com /v1/messages", {{target, "https://api.groq.com"}}},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.target << " " << c.fields[0].value) BOOST_TEST(goes_to(c.target, c.fields) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_targets_path_that_the_request_does_not_repeat_is_a_warning)
{
    route to;
    BOOST_TEST(!find("/chat/completions", {{"Helicone-Target-Url", "https://api.openai.com/v1"}}, to));
    BOOST_TEST(to.warning.find("/v1") != std::string::npos);

    route repeated;
    BOOST_TEST(!find("/v1/chat/completions", {{"Helicone-Target-Url", "https://api.openai.com/v1"}}, repeated));
    BOOST_TEST(repeated.warning == "");
}

BOOST_AUTO_TEST_CASE(only_known_providers_over_https_and_what_is_allowed_may_be_targets)
{
    settings.gateway.allowed_targets = {"api.example.com", "http://10.1.1.1:9000", "https://llm.example:8443"};
    struct {
        std::string_view url;
        bool allowed, any_address;
    } const cases[] = {
        {"https://api.openai.com", true, false},
        {"https://eu.api.openai.com", true, false},
        {"http://api.openai.com", false, false},
        {"https://api.openai.com:8443", false, false},
        {"https://api.openai.com.evil.example", false, false},
        {"https://api.example.com", true, false},
        {"https://API.EXAMPLE.COM.", true, false},
        {"http://api.example.com", false, false},
        {"https://api.example.com:8443", false, false},
        {"https://sub.api.example.com", false, false},
        {"http://10.1.1.1:9000", true, true},
        {"http://10.1.1.1:9001", false, false},
        {"https://10.1.1.1:9000", false, false},
        {"https://llm.example:8443", true, true},
        {"https://llm.example", false, false},
        {"http://10.0.0.5:8000", true, true},     // the configured provider's own origin
        {"http://127.0.0.1:11434", false, false}, // a built-in one that nobody configured
        {"http://127.0.0.1:8787", false, false},
        {"http://169.254.169.254", false, false},
        {"https://[::1]", false, false},
        {"https://localhost", false, false},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.url)
        {
            route to;
            auto const why = find("/v1/x", {{"Helicone-Target-Url", c.url}}, to);
            BOOST_TEST(!why == c.allowed);
            if (why)
                BOOST_TEST(name_of(why.code) == "target_not_allowed");
            else
                BOOST_TEST(to.any_address == c.any_address);
        }
    }
}

BOOST_AUTO_TEST_CASE(private_addresses_are_fine_for_what_was_configured_only)
{
    struct {
        std::string_view target;
        bool expected;
    } const cases[] = {{"/mine/v1/x", true}, {"/ollama/api/chat", true}, {"/openai/v1/x", false}};
    for (auto const& c : cases) {
        route to;
        BOOST_TEST(!find(c.target, {}, to));
        BOOST_TEST_CONTEXT(c.target) BOOST_TEST(to.any_address == c.expected);
    }
}

BOOST_AUTO_TEST_CASE(a_target_of_nobody_that_weir_knows_is_recorded_by_its_origin)
{
    settings.gateway.allowed_targets = {"https://llm.example:8443", "api.example.com"};

    BOOST_TEST(goes_to("/v1/x", {{"Helicone-Target-Url", "https://llm.example:8443"}}) ==
               "https://llm.example:8443 https://llm.example:8443 /v1/x");
    BOOST_TEST(goes_to("/v1/x", {{"Helicone-Target-Url", "https://api.example.com/y"}}) ==
               "https://api.example.com https://api.example.com /v1/x");
}

BOOST_AUTO_TEST_CASE(a_bare_path_goes_to_the_provider_that_its_path_or_headers_name)
{
    given const cases[] = {
        {"/v1/messages", "anthropic https://api.anthropic.com /v1/messages"},
        {"/v1/messages?beta=true", "anthropic https://api.anthropic.com /v1/messages?beta=true"},
        {"/v1/messages/count_tokens", "anthropic https://api.anthropic.com /v1/messages/count_tokens"},
        {"/v1/messages/batches", "anthropic https://api.anthropic.com /v1/messages/batches"},
        {"/v1/complete", "anthropic https://api.anthropic.com /v1/complete"},
        {"/v1/models", "anthropic https://api.anthropic.com /v1/models", {{"anthropic-version", "2023-06-01"}}},
        {"/v1/files", "anthropic https://api.anthropic.com /v1/files", {{"Anthropic-Version", "2026-10-21"}}},
        {"/v1beta/models/m:generateContent",
         "google https://generativelanguage.googleapis.com /v1beta/models/m:generateContent"},
        {"/v1alpha/x", "google https://generativelanguage.googleapis.com /v1alpha/x"},
        {"/upload/v1beta/files", "google https://generativelanguage.googleapis.com /upload/v1beta/files"},
        {"/v1/models/m:streamGenerateContent?alt=sse",
         "google https://generativelanguage.googleapis.com /v1/models/m:streamGenerateContent?alt=sse"},
        {"/v1/models/m:countTokens", "google https://generativelanguage.googleapis.com /v1/models/m:countTokens"},
        {"/v1/models/m:embedContent", "google https://generativelanguage.googleapis.com /v1/models/m:embedContent"},
        {"/v1/models/m:batchEmbedContents",
         "google https://generativelanguage.googleapis.com /v1/models/m:batchEmbedContents"},
        {"/v1/models", "google https://generativelanguage.googleapis.com /v1/models", {{"x-goog-api-key", "k"}}},
        {"/v1/chat/completions", "openai https://api.openai.com /v1/chat/completions"},
        {"/v1/responses", "openai https://api.openai.com /v1/responses"},
        {"/v1/complete/x", "openai https://api.openai.com /v1/complete/x"},
        {"/v1/messagesx", "openai https://api.openai.com /v1/messagesx"},
        {"/v1/messages",
         "anthropic https://api.anthropic.com /v1/messages",
         {{"x-goog-api-key", "k"}}}, // the path goes first
        {"/api/chat", "ollama http://127.0.0.1:11434 /api/chat"},
        {"/api/generate", "ollama http://127.0.0.1:11434 /api/generate"},
        {"/api/embed", "ollama http://127.0.0.1:11434 /api/embed"},
        {"/api/embeddings", "ollama http://127.0.0.1:11434 /api/embeddings"},
        {"/api/tags", "ollama http://127.0.0.1:11434 /api/tags"},
        {"/api/show", "ollama http://127.0.0.1:11434 /api/show"},
        {"/openai/deployments/d/chat/completions?api-version=1", "missing_target"}, // azure, which has no host yet
        {"/model/m/invoke", "missing_target"},
        {"/model/m/converse-stream", "missing_target"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.target) BOOST_TEST(goes_to(c.target, c.fields) == c.expected);
}

BOOST_AUTO_TEST_CASE(the_default_provider_gets_what_nothing_else_claims)
{
    settings.gateway.default_provider = "mine";

    BOOST_TEST(goes_to("/v1/chat/completions") == "mine http://10.0.0.5:8000 /prefix/v1/chat/completions");
    BOOST_TEST(goes_to("/v1/messages") == "anthropic https://api.anthropic.com /v1/messages");
}

BOOST_AUTO_TEST_CASE(azure_is_found_by_its_paths_once_it_has_a_host)
{
    settings.providers["azure"].base_url = "https://my.openai.azure.com";

    BOOST_TEST(goes_to("/openai/deployments/d/chat/completions?api-version=1") ==
               "azure https://my.openai.azure.com /openai/deployments/d/chat/completions?api-version=1");
    BOOST_TEST(goes_to("/openai/v1/chat/completions", {{"api-key", "k"}}) ==
               "azure https://my.openai.azure.com /openai/v1/chat/completions");
    BOOST_TEST(goes_to("/openai/v1/chat/completions", {{"Authorization", "Bearer k"}}) ==
               "openai https://api.openai.com /v1/chat/completions");
    BOOST_TEST(goes_to("/azure/openai/v1/x") == "azure https://my.openai.azure.com /openai/v1/x");
}

BOOST_AUTO_TEST_CASE(azures_realtime_sessions_never_go_to_openai)
{
    std::string const azure = "azure https://my.openai.azure.com ";
    given const cases[] = {
        {"/v1/gateway/oai/realtime?resource=R&deployment=D", "/openai/realtime?resource=R&deployment=D"},
        {"/v1/gateway/oai/realtime/v1/realtime?deployment=D", "/openai/realtime?deployment=D"},
        {"/openai/realtime?api-version=1&deployment=D&api-key=K",
         "/openai/realtime?api-version=1&deployment=D&api-key=K"},
        {"/openai/v1/realtime?model=M&api-key=K", "/openai/v1/realtime?model=M&api-key=K"},
        {"/openai/v1/realtime?model=M", "/openai/v1/realtime?model=M", {{"api-key", "K"}}},
        {"/oai/v1/realtime?model=M", "/openai/v1/realtime?model=M", {{"api-key", "K"}}},
        {"/v1/realtime?deployment=D", "/openai/v1/realtime?deployment=D"},
    };
    for (auto const& c : cases) {
        auto fields = c.fields;
        BOOST_TEST_CONTEXT(c.target)
        {
            settings.providers["azure"].base_url = "";
            BOOST_TEST(goes_to(c.target, fields) == "missing_target");
            settings.providers["azure"].base_url = "https://my.openai.azure.com";
            BOOST_TEST(goes_to(c.target, fields) == azure + std::string(c.expected));
            settings.providers["azure"].base_url = "https://my.openai.azure.com/openai";
            BOOST_TEST(goes_to(c.target, fields) == azure + std::string(c.expected));
        }
    }
    settings.providers["azure"].base_url = "";
    BOOST_TEST(goes_to("/openai/realtime?deployment=D", {{"Helicone-Target-Url", "https://mine.openai.azure.com"}}) ==
               "azure https://mine.openai.azure.com /openai/realtime?deployment=D");
    for (std::string_view const openais : {"/openai/v1/realtime?model=M", "/v1/gateway/oai/realtime?model=M",
                                           "/openai/realtime?model=M&x-deployment=D", "/v1/realtime"})
        BOOST_TEST_CONTEXT(openais)
    BOOST_TEST(goes_to(openais).starts_with("openai https://api.openai.com /v1/realtime"));
}

BOOST_AUTO_TEST_CASE(wrong_base_urls_get_a_hint)
{
    for (std::string_view const target : {"/v1/v1/chat/completions", "/v1/v1/messages", "/openai/v1/v1/models",
                                          "/anthropic/v1/v1/messages", "/v1/gateway/oai/v1/v1/models"}) {
        BOOST_TEST_CONTEXT(target)
        {
            BOOST_TEST(goes_to(target) == "not_found");
            BOOST_TEST(why_not(target).find("/v1 twice") != std::string::npos);
            BOOST_TEST(why_not(target).find("base URL") != std::string::npos);
        }
    }
    for (std::string_view const target :
         {"/gemini/v1beta/v1beta/models/gemini-2.5-flash:generateContent", "/v1beta/v1beta/models", "/v1beta/v1beta",
          "/v1/gateway/google/v1beta/v1beta/models?key=k"}) {
        BOOST_TEST_CONTEXT(target)
        {
            BOOST_TEST(goes_to(target) == "not_found");
            BOOST_TEST(why_not(target) == "the path has /v1beta twice: let the SDK's base URL have one less of them");
        }
    }
    BOOST_TEST(why_not("/gemini/v1alpha/v1alpha/models").find("/v1alpha twice") != std::string::npos);
    std::string const google = "google https://generativelanguage.googleapis.com ";
    for (std::string const path :
         {"/v1beta/models", "/v1beta/v1betamodels", "/v1beta/models/v1beta/v1beta", "/v1beta/v1"})
        BOOST_TEST(goes_to("/gemini" + path) == google + path);
    for (std::string_view const target : {"/messages", "/chat/completions", "/responses", "/embeddings", "/models?x"}) {
        BOOST_TEST_CONTEXT(target)
        {
            BOOST_TEST(goes_to(target) == "not_found");
            BOOST_TEST(why_not(target).find("end in /v1") != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_provider_gets_the_nearest_name)
{
    BOOST_TEST(goes_to("/opnai/v1/models") == "unknown_provider");
    BOOST_TEST(why_not("/opnai/v1/models").find("\"openai\"") != std::string::npos);
    BOOST_TEST(goes_to("/") == "not_found");
    BOOST_TEST(goes_to("/favicon.ico") == "not_found");
}

BOOST_AUTO_TEST_CASE(the_first_label_of_the_host_names_a_provider_for_users_who_point_dns_at_weir)
{
    given const cases[] = {
        {"/v1/chat/completions", "openai https://api.openai.com /v1/chat/completions", {{"Host", "oai.weir.local"}}},
        {"/v1/models", "anthropic https://api.anthropic.com /v1/models", {{"Host", "anthropic.weir.local:8787"}}},
        {"/v1/models", "anthropic https://api.anthropic.com /v1/models", {{"Host", "Anthropic.Helicone.AI"}}},
        {"/openai/v1/models", "openai https://api.openai.com /v1/models", {{"Host", "groq.weir.local"}}},
        {"/v1/models", "openai https://api.openai.com /v1/models", {{"Host", "localhost:8787"}}},
        {"/v1/models", "openai https://api.openai.com /v1/models", {{"Host", "gateway.weir.local"}}},
        {"/v1/models", "openai https://api.openai.com /v1/models", {{"Host", "127.0.0.1"}}},
        {"/v1/models", "openai https://api.openai.com /v1/models", {{"Host", "[::1]:8787"}}},
        {"/v1/messages", "groq https://api.groq.com /openai/v1/messages", {{"Host", "groq.weir.local"}}},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.fields[0].value << c.target) BOOST_TEST(goes_to(c.target, c.fields) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_gateway_key_in_the_path_has_no_part_in_the_route)
{
    for (std::string_view const target : {"/sk-helicone-abc/openai/v1/x", "/openai/pk-helicone-abc/v1/x",
                                          "/openai/v1/x/sk%2Dhelicone-abc", "/openai/v1/x?key=sk-helicone-abc"}) {
        BOOST_TEST_CONTEXT(target)
        {
            route to;
            BOOST_TEST(!find(target, {}, to));
            BOOST_TEST(to.provider == "openai");
            BOOST_TEST(to.target == "/v1/x");
        }
    }
}

BOOST_AUTO_TEST_CASE(the_wire_format_is_the_providers_or_that_of_the_endpoint)
{
    using config::wire_format;
    settings.gateway.allowed_targets = {"api.example.com"};
    std::vector<net::field> const elsewhere{{"Helicone-Target-Url", "https://api.example.com"}};
    struct {
        std::string_view target;
        wire_format expected;
        std::vector<net::field> fields;
    } const cases[] = {
        {"/openai/v1/chat/completions", wire_format::openai, {}},
        {"/anthropic/v1/messages", wire_format::anthropic, {}},
        {"/anthropic/v1/chat/completions", wire_format::openai, {}},
        {"/gemini/v1beta/models/m:generateContent", wire_format::google, {}},
        {"/gemini/v1beta/openai/chat/completions", wire_format::openai, {}},
        {"/vertex/v1/projects/p/locations/l/publishers/anthropic/models/c:streamRawPredict",
         wire_format::anthropic,
         {}},
        {"/vertex/v1/projects/p/locations/l/publishers/google/models/g:generateContent", wire_format::google, {}},
        {"/v1/messages", wire_format::anthropic, elsewhere},
        {"/v1beta/models/m:generateContent", wire_format::google, elsewhere},
        {"/v1/chat/completions", wire_format::openai, elsewhere},
    };
    for (auto const& c : cases) {
        route to;
        BOOST_TEST_CONTEXT(c.target)
        {
            BOOST_TEST(!find(c.target, c.fields, to));
            BOOST_TEST((to.format == c.expected));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
