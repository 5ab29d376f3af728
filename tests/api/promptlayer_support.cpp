#include "promptlayer_support.hpp"

#include "net/time_text.hpp"
#include "storage/prompts.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::test
{
namespace
{

std::int64_t us_of(json::value const& time)
{
    return time.at("seconds").to_number<std::int64_t>() * second_us +
           static_cast<std::int64_t>(time.at("milliseconds").to_number<double>() * 1000);
}

std::string text_or_empty(json::value const& of, std::string_view name)
{
    auto const* found = of.is_object() ? of.get_object().if_contains(name) : nullptr;
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

storage::request_record row_of(json::value const& log, std::int64_t n)
{
    auto const &request = log.at("providerRequest"), &response = log.at("providerResponse");
    auto row = storage::minimal_at(us_of(log.at("timing").at("startTime")), n);
    row.id =
        static_cast<storage::row_id>(static_cast<std::int64_t>(row.id) | (std::int64_t{storage::logged_gateway} << 12));
    row.request_id = storage::public_id(row.id, 7);
    row.ended_us = us_of(log.at("timing").at("endTime"));
    row.status = response.at("status").to_number<int>();
    row.provider = text_or_empty(log, "provider");
    row.model = text_or_empty(request.at("json"), "model");
    constexpr std::string_view prefix = "Helicone-Property-";
    for (auto const& [name, value] : request.at("meta").as_object())
        row.properties.emplace_back(std::string(name.substr(prefix.size())), std::string(value.as_string()));
    if (auto const* answer = response.as_object().if_contains("json"))
        if (auto const* usage = answer->as_object().if_contains("usage")) {
            row.used.prompt = usage->at("prompt_tokens").to_number<std::int64_t>();
            row.used.completion = usage->at("completion_tokens").to_number<std::int64_t>();
        }
    if (auto const* cost = response.as_object().if_contains("cost"))
        row.cost.nanos = static_cast<std::int64_t>(cost->to_number<double>() * 1e9);
    row.has_body = true;
    return row;
}

} // namespace

tracked_record::tracked_record()
{
    with.log_call = [this](call_to_log call) { return log(std::move(call)); };
    with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us + day_us)); };
}

asio::awaitable<result<std::string>> tracked_record::log(call_to_log call)
{
    auto const told = json::parse(call.json);
    logged.push_back(told);
    auto row = row_of(told, ++rows_);
    row.organization = call.organization;
    auto const* answer = told.at("providerResponse").as_object().if_contains("json");
    storage::bodies const content{.request = json::serialize(told.at("providerRequest").at("json")),
                                  .response = answer ? json::serialize(*answer) : std::string(),
                                  .raw_stream = {}};
    auto const id = row.request_id.text();
    add({std::move(row)}, content);
    co_return id;
}

json::value tracked_record::post(std::string_view target, std::string_view body, int status)
{
    auto const said = ask(with, "POST", target, body);
    BOOST_TEST_REQUIRE(said.status == status, target << " " << said.status << " " << said.body);
    return said.body.empty() ? json::value() : json::parse(said.body);
}

json::value tracked_record::get(std::string_view target, int status)
{
    auto const said = ask(with, "GET", target);
    BOOST_TEST_REQUIRE(said.status == status, target << " " << said.status << " " << said.body);
    return json::parse(said.body);
}

std::int64_t tracked_record::track(int second, std::string_view more, std::string_view question,
                                   std::string_view answer)
{
    auto const quoted = [](std::string_view text) { return json::serialize(json::string_view(text)); };
    auto const start = noon_us + second * second_us;
    auto const body = R"({"function_name":"openai.chat.completions.create","kwargs":{"model":"gpt-4o","messages":[)"
                      R"({"role":"user","content":)" +
                      quoted(question) +
                      R"(}]},"request_response":{"object":"chat.completion","choices":[{"message":)"
                      R"({"role":"assistant","content":)" +
                      quoted(answer) +
                      R"(}}],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}},)"
                      R"("request_start_time":")" +
                      net::time_text(start) + R"(","request_end_time":")" + net::time_text(start + second_us) + "\"" +
                      (more.empty() ? "" : ",") + std::string(more) + "}";
    return post("/track-request", body).at("request_id").to_number<std::int64_t>();
}

void tracked_record::add_prompt(std::string const& name, int versions)
{
    storage::new_prompt wish;
    wish.user_defined_id = name;
    wish.metadata = "{}";
    wish.what = storage::template_of(json::parse(R"({"messages":[]})"));
    auto const made = storage::create_prompt(db, storage::default_organization, wish, noon_us);
    BOOST_REQUIRE(made.has_value());
    for (int major = 2; major <= versions; ++major) {
        storage::new_prompt_version version;
        version.prompt = made->id;
        version.major = major;
        version.metadata = "{}";
        version.created_us = version.updated_us = noon_us + major;
        BOOST_REQUIRE(storage::add_version(db, storage::default_organization, version, wish.what).has_value());
    }
}

std::string message_of(answered const& said)
{
    BOOST_TEST_REQUIRE(said.status >= 400, said.body);
    auto const body = json::parse(said.body);
    BOOST_TEST(body.at("success") == false);
    return std::string(body.at("message").as_string());
}

void expect_refused(services& with, std::string_view method, std::string_view target,
                    std::initializer_list<refused_body> bodies)
{
    for (auto const& one : bodies) BOOST_TEST_CONTEXT(method << " " << target << " " << one.body.substr(0, 300))
        {
            auto const said = ask(with, method, target, one.body);
            BOOST_TEST(said.status == one.status, said.status << " " << said.body);
            auto const told = message_of(said);
            BOOST_TEST(told.starts_with(one.message), told);
            BOOST_TEST(json::parse(said.body).as_object().contains("detail") == (one.status == 422));
        }
}

} // namespace weir::api::test
