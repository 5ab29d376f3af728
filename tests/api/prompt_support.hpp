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

/// A record with prompts, made as a client makes them.
struct with_prompts : stored_record {
    struct made_prompt {
        std::string id, version;
    };

    /// A template that names a topic.
    static constexpr std::string_view about_topic =
        R"({"model":"gpt-4o","messages":[{"role":"user","content":"Write about <helicone-prompt-input key=\"topic\" />"}]})";

    made_prompt create(std::string const& name, std::string_view content = about_topic)
    {
        auto const made = data_of(ask(with, "POST", "/v1/prompt/create",
                                      R"({"userDefinedId":)" + json::serialize(json::value(name)) + R"(,"prompt":)" +
                                          std::string(content) + R"(,"metadata":{}})"));
        return {text_of(made.at("id")), text_of(made.at("prompt_version_id"))};
    }

    json::value derive(std::string const& parent, std::string_view more = {})
    {
        return data_of(ask(with, "POST", "/v1/prompt/version/" + parent + "/subversion",
                           R"({"newHeliconeTemplate":{"a":1})" + std::string(more) + "}"));
    }

    json::value version(std::string const& id) { return data_of(ask(with, "GET", "/v1/prompt/version/" + id)); }

    static std::string text_of(json::value const& text) { return std::string(text.as_string()); }

    /// The other organisation's view of the same record.
    services theirs() const
    {
        auto other = with;
        other.organization = other_organization;
        return other;
    }

    /// Asserts that it is 404 with this text for ids that are none, unknown, or another organisation's.
    void expect_each_unknown(std::string_view method, std::string const& before, std::string const& own,
                             std::string const& after, std::string_view body, std::string_view text)
    {
        auto other = theirs();
        for (auto const& id : {std::string("none"), numbered(9).text()})
            BOOST_TEST_CONTEXT(id) BOOST_TEST(error_of_404(ask(with, method, before + id + after, body)) == text);
        BOOST_TEST(error_of_404(ask(other, method, before + own + after, body)) == text);
    }

private:
    static std::string error_of_404(answered const& said)
    {
        BOOST_TEST(said.status == 404);
        return error_of(said);
    }
};

} // namespace weir::api::test
