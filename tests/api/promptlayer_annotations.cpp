#include "promptlayer_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

/// The two spellings of each operation.
struct spelling {
    std::string rest, library;
};
std::vector<std::string> both(spelling const& s) { return {s.rest, s.library}; }
spelling const score{"/rest/track-score", "/library-track-score"},
    metadata{"/rest/track-metadata", "/library-track-metadata"}, prompt{"/rest/track-prompt", "/library-track-prompt"},
    to_group{"/rest/track-group", "/track-group"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(promptlayer_annotations, tracked_record)

BOOST_AUTO_TEST_CASE(a_score_replaces_the_former_of_its_name)
{
    auto const id = std::to_string(track(0));
    for (auto const& target : both(score)) {
        auto const said = post(target, R"({"request_id":)" + id + R"(,"score":20})");
        BOOST_TEST(said == json::parse(R"({"success":true,"message":"Score tracked successfully"})"));
        post(target, R"({"request_id":")" + id + R"(","score":100,"name":""})");
        post(target, R"({"request_id":)" + id + R"(,"score":0,"name":"tone"})");
    }
    BOOST_TEST(value_of("SELECT group_concat(a.score_key||'='||s.int_value,' ') FROM score_value AS s"
                        " JOIN score_attribute AS a ON a.id=s.attribute_id") == "default=100 tone=0");
    for (auto const& target : both(score))
        expect_refused(with, "POST", target,
                       {{R"({"request_id":)" + id + R"(,"score":101})", 400, "score: must be a whole number"},
                        {R"({"request_id":)" + id + R"(,"score":-1})", 400, "score: must be a whole number"},
                        {R"({"request_id":)" + id + R"(,"score":0.5})", 400, "score: must be a whole number"},
                        {R"({"request_id":)" + id + R"(,"score":1e99})", 400, "score: must be a whole number"},
                        {R"({"request_id":)" + id + R"(,"score":{}})", 422, "score: expected a number"},
                        {R"({"request_id":99,"score":1})", 400, "request_id: there is no such request"},
                        {R"({"request_id":"x","score":1})", 422, "request_id: expected a number"},
                        {R"({"score":1})", 422, "request_id: is required"}});
}

BOOST_AUTO_TEST_CASE(metadata_is_merged_by_key)
{
    auto const id = std::to_string(track(0, R"("metadata":{"a":"1","b":"2"})"));
    for (auto const& target : both(metadata))
        post(target, R"({"request_id":)" + id + R"(,"metadata":{"b":"3","c":"\"'\\"}})");

    BOOST_TEST(value_of("SELECT properties FROM request") == R"({"a":"1","b":"3","c":"\"'\\"})");
    for (auto const& target : both(metadata))
        expect_refused(with, "POST", target,
                       {{R"({"request_id":)" + id + R"(,"metadata":{"a":1}})", 400, "metadata.a: expected a string"},
                        {R"({"request_id":)" + id + R"(,"metadata":{"":"x"}})", 422, "metadata: a member needs a name"},
                        {R"({"request_id":)" + id + R"(,"metadata":[]})", 422, "metadata: expected an object"},
                        {R"({"request_id":7,"metadata":{}})", 400, "request_id: there is no such request"}});
}

BOOST_AUTO_TEST_CASE(a_prompt_is_named_afterwards)
{
    add_prompt("greeting", 2);
    auto const id = std::to_string(track(0));
    for (auto const& target : both(prompt)) {
        post(target, R"({"request_id":)" + id + R"(,"prompt_name":"greeting","prompt_input_variables":{"x":"1"}})");
        BOOST_TEST(value_of("SELECT v.number||t.inputs FROM tracked_request AS t JOIN prompt_version AS v"
                            " ON v.id=t.prompt_version_id") == R"(2{"x":"1"})");
        post(target, R"({"request_id":)" + id + R"(,"prompt_name":"greeting","version":"1"})");
        BOOST_TEST(value_of("SELECT v.number||t.inputs FROM tracked_request AS t JOIN prompt_version AS v"
                            " ON v.id=t.prompt_version_id") == R"(1{"x":"1"})");
        expect_refused(
            with, "POST", target,
            {{R"({"request_id":)" + id + R"(,"prompt_name":"other"})", 400, "prompt_name: there is no"},
             {R"({"request_id":)" + id + R"(,"prompt_name":"greeting","version":9})", 400, "prompt_name: there"},
             {R"({"request_id":)" + id + R"(,"prompt_name":"greeting","label":"x"})", 400, "prompt_name: there"},
             {R"({"request_id":9,"prompt_name":"greeting"})", 400, "request_id: there is no such"}});
    }
}

BOOST_AUTO_TEST_CASE(a_call_is_put_into_groups)
{
    auto const id = std::to_string(track(0));
    auto const group = std::to_string(post("/create-group", "{}").at("id").to_number<int>());
    for (auto const& target : both(to_group)) {
        auto const body = R"({"request_id":)" + id + R"(,"group_id":)" + group + "}";
        post(target, body);
        expect_refused(with, "POST", target,
                       {{R"({"request_id":)" + id + R"(,"group_id":99})", 400, "group_id: there is no such group"},
                        {R"({"request_id":99,"group_id":)" + group + "}", 400, "request_id: there is no such"}});
    }
    BOOST_TEST(value_of("SELECT count(*) FROM request_group_member") == "1");
}

BOOST_AUTO_TEST_CASE(another_organisation_s_calls_are_not_there)
{
    auto const id = std::to_string(track(0));
    auto const group = std::to_string(post("/create-group", "{}").at("id").to_number<int>());
    with.organization = other_organization;

    expect_refused(with, "POST", score.rest,
                   {{R"({"request_id":)" + id + R"(,"score":1})", 400, "request_id: there is no such request"}});
    with.organization = storage::default_organization;
    auto const theirs = R"({"request_id":)" + id + R"(,"group_id":)" + group + "}";
    with.organization = other_organization;
    expect_refused(with, "POST", to_group.library, {{theirs, 400, "request_id: there is no such request"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
