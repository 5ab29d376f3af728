#include "messages.hpp"
#include "support.hpp"
#include "tests/support/encode.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::test
{
namespace
{

using weir::test::deflated;
using weir::test::wrapping;

/// Services that keep what is logged, or refuse it.
struct logging {
    services with;
    std::vector<call_to_log> logged;
    std::optional<failure> refusal;

    logging()
    {
        with.organization = storage::organization_id{7};
        with.log_call = [this](call_to_log call) { return take(std::move(call)); };
    }

    asio::awaitable<result<std::string>> take(call_to_log call)
    {
        logged.push_back(std::move(call));
        if (refusal) co_return *refusal;
        co_return "id-" + std::to_string(logged.size());
    }

    answered post(std::string_view path, std::string_view body, header_fields headers = {})
    {
        return ask(with, "POST", path, body, "application/octet-stream", std::move(headers));
    }
};

std::string trace(std::string_view spans)
{
    return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + std::string(spans) + "]}]}]}";
}

constexpr std::string_view span =
    R"({"attributes":[{"key":"gen_ai.response.model","value":{"stringValue":"gpt-4o"}}]})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(trace_endpoints_, logging)

BOOST_AUTO_TEST_CASE(a_log_goes_on_as_it_came_with_what_the_path_says)
{
    struct {
        std::string_view path, provider, otherwise, body;
        int status;
    } const cases[] = {
        {"/v1/trace/custom/log", "", "openai", "", 204},
        {"/v1/trace/custom/v1/log", "", "openai", "", 204},
        {"/custom/v1/log", "", "custom", "ok", 200},
        {"/oai/v1/log", "openai", "custom", "ok", 200},
        {"/anthropic/v1/log", "anthropic", "custom", "ok", 200},
        {"/googleapis/v1/log", "google", "custom", "ok", 200},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.path)
        {
            logged.clear();
            auto const said = post(c.path, "not looked at", {{"Helicone-User-Id", "ann"}});

            BOOST_TEST(said.status == c.status);
            BOOST_TEST(said.body == c.body);
            BOOST_TEST(said.request_id == (c.status == 200 ? "id-1" : ""));
            BOOST_REQUIRE(logged.size() == 1U);
            auto const& got = logged.front();
            BOOST_TEST((got.organization == storage::organization_id{7}));
            BOOST_TEST(got.provider == c.provider);
            BOOST_TEST(got.otherwise == c.otherwise);
            BOOST_TEST(got.json == "not looked at");
            BOOST_TEST((got.headers == header_fields{{"Helicone-User-Id", "ann"}}));
        }
}

BOOST_AUTO_TEST_CASE(why_a_log_was_refused_is_told)
{
    for (auto const* path : {"/v1/trace/custom/log", "/custom/v1/log"}) {
        refusal = invalid("providerRequest: must be an object");
        auto const wrong = post(path, "{}");
        BOOST_TEST(wrong.status == 400);
        BOOST_TEST(wrong.body == R"({"data":null,"error":"providerRequest: must be an object"})");

        refusal = failure(errc::not_ready, "the record cannot be written");
        BOOST_TEST(post(path, "{}").status == 503);
    }
    with.log_call = nullptr;
    BOOST_TEST(post("/custom/v1/log", "{}").status == 503);
}

BOOST_AUTO_TEST_CASE(each_span_of_a_trace_is_a_call_with_an_id_of_its_own)
{
    auto const said =
        post("/v1/trace/log", trace(std::string(span) + "," + std::string(span)),
             {{"helicone-request-id", "11111111-1111-4111-8111-111111111111"}, {"Helicone-User-Id", "ann"}});

    BOOST_TEST(said.status == 204);
    BOOST_TEST(said.body.empty());
    BOOST_REQUIRE(logged.size() == 2U);
    for (auto const& call : logged) {
        BOOST_TEST(call.otherwise == "openai");
        BOOST_TEST((call.headers == header_fields{{"Helicone-User-Id", "ann"}}));
        BOOST_TEST(json::parse(call.json).at("providerRequest").at("json").at("model") == "gpt-4o");
    }
    BOOST_TEST(post("/v1/trace/log", "{}").status == 204);
    BOOST_TEST(logged.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_trace_comes_as_protobuf_and_compressed)
{
    auto const message = traces_message(attribute("gen_ai.response.model", text_field(1, "gpt-4o")));
    BOOST_TEST(post("/v1/trace/log-python", message).status == 204);
    BOOST_TEST(post("/v1/trace/log-python", deflated(message, wrapping::gzip), {{"content-encoding", "gzip"}}).status ==
               204);
    BOOST_TEST(post("/v1/trace/log", deflated(trace(span), wrapping::gzip), {{"Content-Encoding", "gzip"}}).status ==
               204);

    BOOST_REQUIRE(logged.size() == 3U);
    for (auto const& call : logged)
        BOOST_TEST(json::parse(call.json).at("providerRequest").at("json").at("model") == "gpt-4o");
}

BOOST_AUTO_TEST_CASE(what_is_no_trace_is_400_and_nothing_is_logged)
{
    auto const packed = deflated(trace(span), wrapping::gzip), cut = packed.substr(0, packed.size() - 4);
    auto const bomb = deflated(std::string(60 * 1024 * 1024, ' '), wrapping::gzip);
    struct {
        std::string_view path, body, coding, says;
    } const cases[] = {
        {"/v1/trace/log", "{", "", "body: is not valid JSON"},
        {"/v1/trace/log", "[]", "", "body: must be an object"},
        {"/v1/trace/log", R"({"resourceSpans":{}})", "", "resourceSpans: must be an array"},
        {"/v1/trace/log-python", "{}", "", "body: is no TracesData message"},
        {"/v1/trace/log", "\x1f\x8b{}", "gzip", "body: is not what its Content-Encoding says"},
        {"/v1/trace/log", "{}", "rot13", "body: its Content-Encoding is not known"},
        {"/v1/trace/log-python", bomb, "gzip", "longer than 16 MiB"},
        {"/v1/trace/log", cut, "gzip", "body: its gzip is cut"},
    };
    for (auto const& c : cases) {
        header_fields headers;
        if (!c.coding.empty()) headers.emplace_back("Content-Encoding", c.coding);
        auto const said = post(c.path, c.body, headers);
        BOOST_TEST(said.status == 400);
        BOOST_TEST(said.body.find(c.says) != std::string::npos, said.body);
    }
    BOOST_TEST(logged.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
