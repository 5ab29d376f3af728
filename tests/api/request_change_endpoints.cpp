#include "support.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <thread>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

/// A call of the organisation and one of another.
struct judged_calls : stored_record {
    storage::request_record mine = storage::minimal_at(noon_us), theirs = storage::minimal_at(noon_us, 1);

    judged_calls()
    {
        theirs.organization = other_organization;
        add({mine, theirs});
        with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us + hour_us)); };
    }

    std::string target(std::string_view what) { return "/v1/request/" + mine.request_id.text() + std::string(what); }
    answered score(std::string_view body) { return ask(with, "POST", target("/score"), body); }
    answered rate(std::string_view body) { return ask(with, "POST", target("/feedback"), body); }
    answered put(std::string_view body) { return ask(with, "PUT", target("/property"), body); }

    /// The call as both kinds of endpoints show it.
    json::value by_query() { return data_of(ask(with, "POST", "/v1/request/query", R"({"filter":"all"})")).at(0); }
    json::value by_id() { return data_of(ask(with, "GET", target(""))); }
    std::string scores_by_query() { return json::serialize(by_query().at("scores")); }
};

constexpr std::string_view done = R"({"data":null,"error":null})", no_uuid = "Invalid requestId: must be a valid UUID";

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_change_endpoints_, judged_calls)

BOOST_AUTO_TEST_CASE(scores_are_shown_with_their_types_and_flat)
{
    BOOST_TEST(score(R"({"scores":{"accuracy":95,"is_polite":true}})").body == done);

    BOOST_TEST(json::serialize(by_query().at("scores")) ==
               R"({"accuracy":{"value":95,"valueType":"number"},)"
               R"("is_polite-hcone-bool":{"value":1,"valueType":"boolean"}})");
    BOOST_TEST(json::serialize(by_id().at("scores")) == R"({"accuracy":95,"is_polite-hcone-bool":1})");
}

BOOST_AUTO_TEST_CASE(the_last_value_of_a_score_stays)
{
    for (auto const* body : {R"({"scores":{"a":1,"b":2}})", R"({"scores":{"a":-3}})", R"({"scores":{}})"})
        BOOST_TEST(score(body).body == done);

    BOOST_TEST(scores_by_query() == R"({"a":{"value":-3,"valueType":"number"},"b":{"value":2,"valueType":"number"}})");
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_booleans_are_scores)
{
    struct {
        std::string_view given, stored;
    } const cases[] = {
        {"3.0", R"({"s":{"value":3,"valueType":"number"}})"},
        {"0", R"({"s":{"value":0,"valueType":"number"}})"},
        {"-7", R"({"s":{"value":-7,"valueType":"number"}})"},
        {"9000000000000000", R"({"s":{"value":9E15,"valueType":"number"}})"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given)
        {
            BOOST_TEST(score(R"({"scores":{"s":)" + std::string(c.given) + "}}").body == done);
            BOOST_TEST(scores_by_query() == c.stored);
        }
}

BOOST_AUTO_TEST_CASE(a_wrong_score_is_refused_and_none_beside_it_stored)
{
    std::string many;
    for (int i = 0; i < 101; ++i) many += (i > 0 ? ",\"s" : "\"s") + std::to_string(i) + "\":1";
    std::string const whole = ": a score is a whole number or a boolean";
    expect_each_refused(with, "POST", target("/score"),
                        {{"", "scores: is required"},
                         {"{}", "scores: is required"},
                         {R"({"scores":[]})", "scores: expected an object, got an array"},
                         {R"({"scores":{"good":1,"bad":1.5}})", "scores.bad" + whole},
                         {R"({"scores":{"bad":1e16}})", "scores.bad" + whole},
                         {R"({"scores":{"bad":null}})", "scores.bad: expected a number, got null"},
                         {R"({"scores":{"bad":"good"}})", "scores.bad: expected a number, got a string"},
                         {R"({"scores":{"bad":{}}})", "scores.bad: expected a number, got an object"},
                         {R"({"scores":{"":1}})", "scores: a score needs a name"},
                         {R"({"scores":{")" + std::string(257, 's') + R"(":1}})", "scores: is longer than 256 bytes"},
                         {R"({"scores":{)" + many + "}}", "scores: at most 100 at once"},
                         {R"({"scores":{},"name":1})", "name: unknown field"}});
    BOOST_TEST(scores_by_query() == "null");
}

BOOST_AUTO_TEST_CASE(a_call_under_way_is_judged_before_it_is_recorded)
{
    auto later = storage::minimal_at(noon_us + hour_us / 2, 2), older = storage::minimal_at(noon_us - hour_us, 3);
    auto const judge = [this](storage::request_record const& which) {
        return ask(with, "POST", "/v1/request/" + which.request_id.text() + "/score", R"({"scores":{"a":1}})");
    };
    BOOST_TEST(judge(later).body == done);
    BOOST_TEST(judge(older).status == 404);
    add({later, older});

    BOOST_TEST(json::serialize(by_query().at("scores")) == R"({"a":{"value":1,"valueType":"number"}})");
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_call_waits_until_it_is_recorded)
{
    struct {
        std::string method, target, body;
    } const cases[] = {
        {"POST", "/v1/request/ID/score", R"({"scores":{"a":1}})"},
        {"POST", "/v1/request/ID/feedback", R"({"rating":true})"},
        {"POST", "/v1/evals/ID", R"({"name":"a","score":1})"},
        {"PUT", "/v1/request/ID/property", R"({"key":"a","value":"b"})"},
    };
    unsigned number = 2;
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.target)
        {
            auto later = storage::minimal_at(noon_us, number++);
            later.request_id = numbered(number);
            later.client_chose_id = true;
            auto target = c.target;
            target.replace(target.find("ID"), 2, later.request_id.text());
            bool is_recorded = false;
            std::thread recording([this, &later, &is_recorded] {
                std::this_thread::sleep_for(std::chrono::milliseconds(30));
                is_recorded = storage::insert(db, {later}).has_value();
            });
            auto const said = ask(with, c.method, target, c.body);
            recording.join();
            BOOST_TEST(is_recorded);
            BOOST_TEST(said.body == done);
        }
    BOOST_TEST(value_of("SELECT count(*) FROM score_value WHERE row_id IS NULL") == "0");
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_call_that_is_not_there_is_an_error)
{
    auto const nobody = numbered(9).text();
    for (auto const& said : {ask(with, "POST", "/v1/request/" + nobody + "/score", R"({"scores":{"a":1}})"),
                             ask(with, "POST", "/v1/request/" + nobody + "/feedback", R"({"rating":true})"),
                             ask(with, "POST", "/v1/evals/" + nobody, R"({"name":"a","score":1})")}) {
        BOOST_TEST(said.status == 404);
        BOOST_TEST(error_of(said) == "Request not found");
    }
    BOOST_TEST(value_of("SELECT count(*) FROM score_value") == "0");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_no_uuid_is_refused)
{
    for (auto const* id : {"nonsense", "123", "00000000-0000-7000-8000-00000000000g"}) {
        auto const target = std::string("/v1/request/") + id;
        expect_each_refused(with, "POST", target + "/score", {{R"({"scores":{"a":1}})", std::string(no_uuid)}});
        expect_each_refused(with, "POST", target + "/feedback", {{R"({"rating":true})", std::string(no_uuid)}});
        expect_each_refused(with, "POST", std::string("/v1/evals/") + id,
                            {{R"({"name":"a","score":1})", std::string(no_uuid)}});
        BOOST_TEST(ask(with, "PUT", target + "/property", R"({"key":"a","value":"b"})").status == 404);
    }
}

BOOST_AUTO_TEST_CASE(one_score_can_be_given_as_an_eval)
{
    auto const target = "/v1/evals/" + mine.request_id.text();
    BOOST_TEST(ask(with, "POST", target, R"({"name":"quality","score":80})").body == done);

    BOOST_TEST(scores_by_query() == R"({"quality":{"value":80,"valueType":"number"}})");
    expect_each_refused(with, "POST", target,
                        {{"", "name: is required"},
                         {R"({"name":"a"})", "score: is required"},
                         {R"({"name":1,"score":1})", "name: expected a string, got a number"},
                         {R"({"name":"a","score":true})", "score: expected a number, got a boolean"},
                         {R"({"name":"a","score":1.5})", "score: a score is a whole number or a boolean"},
                         {R"({"name":"","score":1})", "name: a score needs a name"},
                         {R"({"name":"a","score":1,"x":1})", "x: unknown field"}});
}

BOOST_AUTO_TEST_CASE(feedback_is_a_rating_and_a_score)
{
    for (bool const good : {true, false, true}) {
        BOOST_TEST(rate(good ? R"({"rating":true})" : R"({"rating":false})").body == done);

        auto const shown = by_query();
        BOOST_TEST(shown.at("feedback_rating").as_bool() == good);
        BOOST_TEST(shown.at("feedback_created_at").as_string() == "2024-01-15T13:00:00.000Z");
        BOOST_TEST(shown.at("feedback_id").is_string());
        BOOST_TEST(json::serialize(shown.at("scores")) == R"({"helicone-score-feedback":{"value":)" +
                                                              std::string(good ? "1" : "0") +
                                                              R"(,"valueType":"number"}})");
    }
    BOOST_TEST(value_of("SELECT count(*) FROM feedback") == "1");
}

BOOST_AUTO_TEST_CASE(the_score_of_feedback_is_feedback_when_it_is_a_number)
{
    BOOST_TEST(score(R"({"scores":{"helicone-score-feedback":true}})").body == done);
    BOOST_TEST(by_query().at("feedback_rating").is_null());

    BOOST_TEST(score(R"({"scores":{"helicone-score-feedback":0}})").body == done);
    BOOST_TEST(by_query().at("feedback_rating").as_bool() == false);
}

BOOST_AUTO_TEST_CASE(wrong_feedback_is_refused)
{
    expect_each_refused(with, "POST", target("/feedback"),
                        {{"", "rating: is required"},
                         {"{}", "rating: is required"},
                         {R"({"rating":1})", "rating: expected a boolean, got a number"},
                         {R"({"rating":"good"})", "rating: expected a boolean, got a string"},
                         {R"({"rating":null})", "rating: expected a boolean, got null"},
                         {R"({"rating":true,"x":1})", "x: unknown field"}});
    BOOST_TEST(rate(R"({"rating":"true"})").body == done);
}

BOOST_AUTO_TEST_CASE(another_organisation_s_calls_are_not_judged)
{
    auto const their_target = "/v1/request/" + theirs.request_id.text();
    BOOST_TEST(ask(with, "POST", their_target + "/score", R"({"scores":{"a":1}})").status == 404);
    BOOST_TEST(ask(with, "POST", their_target + "/feedback", R"({"rating":true})").status == 404);
    BOOST_TEST(ask(with, "PUT", their_target + "/property", R"({"key":"a","value":"b"})").status == 404);
    auto const eval = ask(with, "POST", "/v1/evals/" + theirs.request_id.text(), R"({"name":"a","score":1})");
    BOOST_TEST(eval.status == 404);
    BOOST_TEST(error_of(eval) == "Request not found");
    BOOST_TEST(value_of("SELECT count(*) FROM score_value") == "0");

    with.organization = other_organization;
    auto const shown = by_query();
    BOOST_TEST(shown.at("scores").is_null());
    BOOST_TEST(shown.at("feedback_rating").is_null());
    BOOST_TEST(shown.at("properties").as_object().empty());
}

BOOST_AUTO_TEST_CASE(a_property_is_set_and_replaced)
{
    for (auto const* body :
         {R"({"key":"App","value":"a"})", R"({"key":"b","value":"\"\\"})", R"({"key":"App","value":"c"})"})
        BOOST_TEST(put(body).body == done);

    BOOST_TEST(json::serialize(by_id().at("properties")) == R"({"App":"c","b":"\"\\"})");
    BOOST_TEST(ask(with, "POST", "/v1/property/query").body ==
               R"({"data":[{"property":"App"},{"property":"b"}],"error":null})");
    auto const unknown =
        ask(with, "PUT", "/v1/request/" + numbered(9).text() + "/property", R"({"key":"a","value":"b"})");
    BOOST_TEST(unknown.status == 404);
    BOOST_TEST(error_of(unknown) == "Request not found");
}

BOOST_AUTO_TEST_CASE(a_wrong_property_is_refused)
{
    expect_each_refused(
        with, "PUT", target("/property"),
        {{"", "key: is required"},
         {R"({"key":"a"})", "value: is required"},
         {R"({"key":1,"value":"a"})", "key: expected a string, got a number"},
         {R"({"key":"a","value":true})", "value: expected a string, got a boolean"},
         {R"({"key":"","value":"a"})", "key: a property needs a name"},
         {R"({"key":"a\u0000","value":"a"})", "key: contains a NUL character"},
         {R"({"key":"a","value":"\u0000"})", "value: contains a NUL character"},
         {R"({"key":")" + std::string(257, 'k') + R"(","value":"a"})", "key: is longer than 256 bytes"},
         {R"({"key":"a","value":")" + std::string(4097, 'v') + R"("})", "value: is longer than 4096 bytes"},
         {R"({"key":"a","value":"b","x":1})", "x: unknown field"}});
    BOOST_TEST(value_of("SELECT count(*) FROM organization_property") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
