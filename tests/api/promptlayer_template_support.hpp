#pragma once

#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace weir::api::test
{

namespace json = boost::json;

/// A record with templates, published as PromptLayer's clients do it.
struct with_templates : stored_record {
    with_templates()
    {
        with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us)); };
    }

    static constexpr std::string_view greeting = R"({"type":"chat","messages":[
        {"role":"system","content":[{"type":"text","text":"Be {tone}."}]},
        {"role":"user","template_format":"jinja2","content":[{"type":"text","text":"Greet {{ name|upper }}."}]}]})";
    static constexpr std::string_view gpt =
        R"({"model":{"provider":"openai","name":"gpt-4o","parameters":{"temperature":0.5}}})";

    static std::string quoted(std::string_view text) { return json::serialize(json::value(text)); }

    /// The body of a publication as the npm package sends it: the caller's object under both keys.
    static std::string publication(std::string_view name, std::string_view blueprint = greeting,
                                   std::string_view metadata = gpt, std::string_view more = "")
    {
        auto const flat = R"({"prompt_name":)" + quoted(name) + R"(,"prompt_template":)" + std::string(blueprint) +
                          R"(,"metadata":)" + std::string(metadata) + "}";
        return R"({"prompt_template":)" + flat + R"(,"prompt_version":)" + flat + std::string(more) + "}";
    }

    static json::value body_of_success(answered const& said, int status = 200)
    {
        BOOST_TEST_REQUIRE(said.status == status, said.status << " " << said.body);
        return json::parse(said.body);
    }

    json::value publish(std::string_view name, std::string_view blueprint = greeting, std::string_view metadata = gpt,
                        std::string_view more = "")
    {
        return body_of_success(
            ask(with, "POST", "/rest/prompt-templates", publication(name, blueprint, metadata, more)));
    }

    json::value get(std::string_view name, std::string_view body = "")
    {
        return body_of_success(ask(with, "POST", "/prompt-templates/" + std::string(name), body));
    }

    /// Asserts that it is refused so, in PromptLayer's form.
    static void expect_refused(answered const& said, int status, std::string_view message)
    {
        BOOST_TEST_REQUIRE(said.status == status, said.status << " " << said.body);
        auto const body = json::parse(said.body);
        BOOST_TEST((body.at("success") == false));
        BOOST_TEST(std::string_view(body.at("message").as_string()) == message);
    }

    /// A completion with this text.
    static std::string snippet(std::string_view text)
    {
        return R"({"type":"completion","content":[{"type":"text","text":)" + quoted(text) + "}]}";
    }

    services theirs() const
    {
        auto other = with;
        other.organization = other_organization;
        return other;
    }
};

inline void check_json(json::value const& got, std::string_view expected)
{
    auto const wanted = json::parse({expected.data(), expected.size()});
    BOOST_TEST((got == wanted), json::serialize(got) << "\nis not\n" << json::serialize(wanted));
}

} // namespace weir::api::test
