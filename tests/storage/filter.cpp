#include "tests/storage/filtering.hpp"

#include "storage/ids.hpp"

namespace weir::storage
{

namespace
{

std::string upper(std::string text)
{
    for (auto& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(filters, filtering)

BOOST_AUTO_TEST_CASE(each_column_is_compared_with_what_the_row_has)
{
    auto one = minimal(1), two = minimal(2);
    one.user_id = "ann";
    one.request_model = "gpt-4o";
    one.response_model = "gpt-4o-2024";
    one.model = one.model_override = "mine";
    one.status = 200;
    one.prompt_id = "hello";
    one.provider_auth_hash = "abc";
    one.properties = {{"App", "x"}, {"null", "null"}};
    one.used.prompt = 10;
    one.used.completion = 5;
    one.used.cache_read = 3;
    one.created_us = 1'000'000'000;
    one.ended_us = one.created_us + 1'500'000;
    one.time_to_first_token_us = 250'000;
    one.session_id = "s1";
    one.target_url = "https://api.example.com/v1/chat/completions";
    two.status = -4;
    two.created_us = 2'000'000'000;
    two.ended_us = two.created_us + 100'000;
    BOOST_REQUIRE(insert(db, {one, two},
                         {.request = R"({"messages":[{"content":"Good Morning"}]})",
                          .response = R"({"choices":[{"text":"to you"}]})",
                          .raw_stream = {}})
                      .has_value());
    run("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us) VALUES "
        "(1,1,'quality','number',0),(2,1,'helicone-score-feedback','number',0);"
        "INSERT INTO score_value (organization_id,request_id,row_id,attribute_id,int_value,created_us) SELECT "
        "1,request_id,id,1,95,0 FROM request WHERE id=1;"
        "INSERT INTO score_value (organization_id,request_id,row_id,attribute_id,int_value,created_us) SELECT "
        "1,request_id,id,2,1,0 FROM request WHERE id=1;"
        "INSERT INTO feedback SELECT 1,request_id,request_id,1,3000000 FROM request WHERE id=1;"
        "INSERT INTO tag VALUES (1,1,'session','s1','good',0);"
        "PRAGMA foreign_keys=0; INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
        "source_request_id,source_row_id,created_us) SELECT "
        "x'01',1,x'02','{\"topic\":\"rivers\"}','[]',request_id,id,0 "
        "FROM request WHERE id=1;");

    using c = comparison;
    std::string const none = "null", zeros = "00000000-0000-0000-0000-000000000000";
    struct {
        filter what;
        ids expected;
    } const cases[] = {
        {where("request", "id", c::equals, one.request_id.text()), {1}},
        {where("request", "id", c::not_equals, one.request_id.text()), {2}},
        {where("request", "id", c::equals, std::string("nonsense")), {}},
        {where("request", "id", c::not_equals, std::string("nonsense")), {1, 2}},
        {where("request", "id", c::contains, one.request_id.text()), {1}},
        {where("request", "id", c::contains, upper(one.request_id.text())), {1}},
        {where("request", "id", c::contains, one.request_id.text() + "0"), {}},
        {where("request", "id", c::not_contains, one.request_id.text()), {2}},
        {where("request", "id", c::ilike, upper(one.request_id.text())), {1}},
        {where("request", "id", c::like, one.request_id.text()), {1}},
        {where("request", "id", c::like, upper(one.request_id.text())), {}},
        {where("request", "id", c::like, one.request_id.text().substr(0, 34) + "%"), {1}},
        {where("request", "created_at", c::gt, filter_time{1'000'000'000}), {2}},
        {where("request", "created_at", c::gte, filter_time{1'000'000'000}), {1, 2}},
        {where("request", "created_at", c::equals, filter_time{2'000'000'000}), {2}},
        {where("request", "user_id", c::equals, std::string("ann")), {1}},
        {where("request", "user_id", c::not_equals, std::string("bob")), {1}}, // NULL is not unequal either
        {where("request", "user_id", c::equals, none), {2}},
        {where("request", "user_id", c::not_equals, none), {1}},
        {where("request", "user_id", c::contains, none), {}},
        {where("request", "user_id", c::not_contains, std::string("x")), {1}},
        {where("request", "model", c::contains, std::string("PT")), {1}},
        {where("request", "model", c::like, std::string("GPT%")), {}},
        {where("request", "model", c::ilike, std::string("GPT%")), {1}},
        {where("request", "modelOverride", c::equals, std::string("mine")), {1}},
        {where("request", "path", c::equals, one.path), {1, 2}},
        {where("request", "auth_hash", c::equals, std::string("abc")), {1}},
        {where("request", "prompt_id", c::equals, std::string("hello")), {1}},
        {where("request", "org_id", c::equals, std::string("00000000-0000-4000-8000-000000000001")), {1, 2}},
        {where("request", "country_code", c::equals, none), {1, 2}},
        {where("request", "node_id", c::not_equals, std::string("x")), {}},
        {where("response", "status", c::lt, 0.0), {2}},
        {where("response", "model", c::equals, std::string("gpt-4o-2024")), {1}},
        {where("response", "body_model", c::equals, std::string("mine")), {1}},
        {where("response", "body_tokens", c::equals, 15.0), {1}},
        {where("response", "body_tokens", c::not_equals, 1.0), {1}},
        {where("feedback", "rating", c::equals, true), {1}},
        {where("feedback", "rating", c::equals, false), {}},
        {where("feedback", "created_at", c::lte, filter_time{3'000'000}), {1}},
        {where("feedback", "response_id", c::equals, response_id(row_id{1}).text()), {1}},
        {where("feedback", "response_id", c::equals, response_id(row_id{2}).text()), {}},
        {where("feedback", "response_id", c::equals, none), {2}},
        {where("feedback", "response_id", c::not_equals, response_id(row_id{2}).text()), {1}},
        {where("feedback", "response_id", c::not_equals, response_id(row_id{1}).text()), {}},
        {where("feedback", "response_id", c::contains, response_id(row_id{1}).text().substr(1)), {1}},
        {where("feedback", "id", c::equals, 1.0), {}},
        {where("properties", "", c::equals, std::string("x"), "App"), {1}},
        {where("properties", "", c::not_equals, std::string("y"), "App"), {1}},
        {where("properties", "", c::equals, none, "null"), {1}}, // a word like any other
        {where("properties", "", c::equals, std::string("x"), "App' OR 1=1 --"), {}},
        {where("values", "", c::equals, std::string("rivers"), "topic"), {1}},
        {where("values", "", c::contains, std::string("IVER"), "topic"), {1}},
        {where("values", "", c::not_equals, std::string("x"), "topic"), {1}},
        {where("values", "", c::not_equals, std::string("x"), "App"), {}},
        {where("request_response_rmt", "request_id", c::equals, two.request_id.text()), {2}},
        {where("request_response_rmt", "user_id", c::equals, std::string()), {2}},
        {where("request_response_rmt", "user_id", c::not_equals, std::string("ann")), {2}},
        {where("request_response_rmt", "user_id", c::equals, none), {}}, // '' and not NULL
        {where("request_response_rmt", "model", c::contains, std::string("IN")), {1}},
        {where("request_response_rmt", "latency", c::equals, 1500.0), {1}},
        {where("request_response_rmt", "latency", c::lte, 100.0), {2}},
        {where("request_response_rmt", "time_to_first_token", c::gte, 250.0), {1}},
        {where("request_response_rmt", "response_created_at", c::lt, filter_time{1'100'000'000}), {1}},
        {where("request_response_rmt", "prompt_tokens", c::gt, 9.0), {1}},
        {where("request_response_rmt", "completion_tokens", c::equals, 5.0), {1}},
        {where("request_response_rmt", "target_url", c::contains, std::string("API.example")), {1}},
        {where("request_response_rmt", "organization_id", c::equals,
               std::string("00000000-0000-4000-8000-000000000001")),
         {1, 2}},
        {where("request_response_rmt", "node_id", c::equals, std::string("x")), {}},
        {where("request_response_rmt", "job_id", c::equals, std::string("x")), {}},
        {where("request_response_rmt", "total_tokens", c::equals, 15.0), {1}},
        {where("request_response_rmt", "prompt_cache_read_tokens", c::equals, 0.0), {2}},
        {where("request_response_rmt", "prompt_cache_write_tokens", c::equals, 0.0), {1, 2}},
        {where("request_response_rmt", "threat", c::equals, true), {2}},
        {where("request_response_rmt", "cache_enabled", c::equals, false), {1, 2}},
        {where("request_response_rmt", "cache_reference_id", c::equals, zeros), {1, 2}},
        {where("request_response_rmt", "assets", c::contains, std::string("")), {}},
        {where("request_response_rmt", "properties", c::not_equals, std::string("x"), "App"), {2}},
        {where("request_response_rmt", "properties", c::equals, std::string(), "App"), {2}},
        {where("request_response_rmt", "search_properties", c::ilike, std::string("app")), {1}},
        {where("request_response_rmt", "scores", c::equals, std::string("95"), "quality"), {1}},
        {where("request_response_rmt", "scores", c::not_equals, std::string("95"), "quality"), {}},
        {where("request_response_rmt", "scores", c::contains, std::string("9"), "quality"), {1}},
        {where("request_response_rmt", "scores", c::equals, std::string("95"), "other"), {}},
        {where("request_response_rmt", "scores_column", c::equals, std::string("{}")), {2}},
        {where("request_response_rmt", "scores_column", c::not_equals, std::string("{}")), {1}},
        {where("request_response_rmt", "helicone-score-feedback", c::equals, true), {1}},
        {where("sessions_request_response_rmt", "session_tag", c::contains, std::string("OO")), {1}},
        {where("sessions_request_response_rmt", "session_total_cost", c::gt, 1e9), {1, 2}},
        {where("no_such", "column", c::equals, std::string("x")), {1, 2}},
    };
    for (auto const& one_case : cases)
        BOOST_TEST_CONTEXT(one_case.what.condition.table << "." << one_case.what.condition.column << " "
                                                         << static_cast<int>(one_case.what.condition.how))
    BOOST_TEST(passing(one_case.what) == one_case.expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bodies_are_searched_and_their_texts_compared)
{
    auto one = complete(1), two = complete(2), bare = minimal(3);
    BOOST_REQUIRE(insert(db, {one},
                         {.request = R"({"messages":[{"content":"Good Morning"}]})",
                          .response = R"({"choices":[{"text":"to you"}]})",
                          .raw_stream = {}})
                      .has_value());
    BOOST_REQUIRE(
        insert(db, {two},
               {.request = "no JSON", .response = R"({"choices":[{"message":{"content":"Hi"}}]})", .raw_stream = {}})
            .has_value());
    BOOST_REQUIRE(insert(db, {bare}).has_value());

    using c = comparison;
    BOOST_TEST(passing(where("request_response_rmt", "request_body", c::contains, std::string("good m"))) == ids{1});
    BOOST_TEST(passing(where("request_response_rmt", "request_body", c::contains, std::string("json"))) == ids{2});
    BOOST_TEST(passing(where("request_response_rmt", "response_body", c::contains, std::string("choices"))) ==
               (ids{1, 2}));
    BOOST_TEST(passing(where("request", "prompt", c::equals, std::string("Good Morning"))) == ids{1});
    BOOST_TEST(passing(where("response", "body_completion", c::equals, std::string("to you"))) == ids{1});
    BOOST_TEST(passing(where("response", "body_completion", c::contains, std::string("\"Hi\""))) == ids{2});
}

BOOST_AUTO_TEST_CASE(only_rows_of_the_organisation_pass)
{
    auto theirs = minimal(7);
    theirs.organization = organization_id{2};
    BOOST_REQUIRE(insert(db, {minimal(1), theirs}).has_value());

    filter either{.is = filter::kind::any_of};
    either.parts = {filter{}, where("response", "status", comparison::gte, -1000.0)};
    BOOST_TEST(passing(either) == ids{1});
    BOOST_TEST(passing(where("request", "id", comparison::equals, theirs.request_id.text())).empty());
}

BOOST_AUTO_TEST_CASE(calls_are_counted_by_how_long_they_took)
{
    std::int64_t const durations_us[] = {0,         1,         150'000,   3'999'999,  4'000'000,
                                         4'000'001, 4'500'500, 5'000'000, 51'000'000, 4'000'000'000};
    std::vector<request_record> rows;
    for (auto const duration_us : durations_us) {
        auto& row = rows.emplace_back(minimal(std::ssize(rows) + 1));
        row.ended_us = row.created_us + duration_us;
    }
    auto& goes_on = rows.emplace_back(minimal(std::ssize(rows) + 1));
    goes_on.status = status::pending;
    BOOST_REQUIRE(insert(db, rows).has_value());
    using c = comparison;
    auto const counted = [this](c how, double ms) {
        return count_requests(db, default_organization, where("request_response_rmt", "latency", how, ms)).value();
    };
    for (double const ms :
         {-1e15, -0.5, 0.0, 0.001, 150.0, 3999.999, 4000.0, 4000.001, 4500.5, 5000.0, 75'000.25, 4e6, 1e15}) {
        auto const of = [&](auto compare) {
            return std::ranges::count_if(
                durations_us, [&](std::int64_t us) { return compare(static_cast<double>(us) / 1000.0, ms); });
        };
        BOOST_TEST_CONTEXT(ms)
        {
            BOOST_TEST(counted(c::gt, ms) == of(std::greater<>()));
            BOOST_TEST(counted(c::gte, ms) == of(std::greater_equal<>()));
            BOOST_TEST(counted(c::lt, ms) == of(std::less<>()));
            BOOST_TEST(counted(c::lte, ms) == of(std::less_equal<>()));
            BOOST_TEST(counted(c::equals, ms) == of(std::equal_to<>()));
            BOOST_TEST(counted(c::not_equals, ms) == of(std::not_equal_to<>()));
        }
    }
    request_query slow;
    slow.what = where("request_response_rmt", "latency", c::gte, 4000.0);
    slow.limit = 4;
    for (bool const ascending : {false, true}) {
        slow.ascending = ascending;
        ids got;
        auto const page = query_requests(db, default_organization, slow);
        BOOST_REQUIRE(page.has_value());
        for (auto const& row : *page) got.push_back(static_cast<std::int64_t>(row.record.id));
        BOOST_TEST(got == (ascending ? ids{5, 6, 7, 8} : ids{10, 9, 8, 7}), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_session_that_goes_on_has_no_end_and_no_latency)
{
    auto open = minimal(1);
    open.status = status::pending;
    open.ended_us = open.created_us;
    BOOST_REQUIRE(insert(db, {open}).has_value());

    BOOST_TEST(passing(where("request_response_rmt", "latency", comparison::lte, 1e9)).empty());
    BOOST_TEST(passing(where("request_response_rmt", "response_created_at", comparison::gte, filter_time{0})).empty());
}

BOOST_AUTO_TEST_CASE(a_thousand_conditions_in_a_row_are_no_deep_expression)
{
    BOOST_REQUIRE(insert(db, {minimal(1)}).has_value());
    filter many{.is = filter::kind::any_of};
    for (int i = 0; i < 1000; ++i)
        many.parts.push_back(where("request", "user_id", comparison::equals, "u" + std::to_string(i)));
    many.parts.push_back(where("request", "path", comparison::equals, minimal(1).path));

    BOOST_TEST(passing(many) == ids{1});
}

BOOST_AUTO_TEST_CASE(every_order_puts_its_rows_so)
{
    std::vector<request_record> rows;
    for (std::int64_t id = 1; id <= 3; ++id) {
        auto r = minimal(id);
        std::int64_t const n = (id * 2) % 5; // 2, 4, 1
        r.ended_us = r.created_us + n;
        r.used.prompt = n;
        r.used.completion = 10 - 2 * n;
        r.user_id = r.model = std::to_string(n);
        r.cost.nanos = n;
        r.properties = {{"App", std::to_string(n)}};
        rows.push_back(r);
    }
    BOOST_REQUIRE(insert(db, rows).has_value());
    struct {
        request_order by;
        ids ascending;
    } const cases[] = {
        {request_order::time, {1, 2, 3}},          {request_order::latency, {3, 1, 2}},
        {request_order::prompt_tokens, {3, 1, 2}}, {request_order::completion_tokens, {2, 1, 3}},
        {request_order::total_tokens, {2, 1, 3}},  {request_order::user_id, {3, 1, 2}},
        {request_order::model, {3, 1, 2}},         {request_order::cost, {3, 1, 2}},
        {request_order::property, {3, 1, 2}},
    };
    for (auto const& c : cases)
        for (bool const ascending : {true, false}) {
            request_query query;
            query.by = c.by;
            query.key = "App";
            query.ascending = ascending;
            ids got;
            auto const found = query_requests(db, default_organization, query);
            BOOST_REQUIRE(found.has_value());
            for (auto const& row : *found) got.push_back(static_cast<std::int64_t>(row.record.id));
            if (!ascending) std::reverse(got.begin(), got.end());
            BOOST_TEST_CONTEXT(static_cast<int>(c.by)) BOOST_TEST(got == c.ascending, boost::test_tools::per_element());
        }
    request_query random;
    random.by = request_order::random;
    BOOST_TEST(query_requests(db, default_organization, random).value().size() == 3U);
}

BOOST_AUTO_TEST_CASE(scores_and_feedback_come_with_the_row)
{
    BOOST_REQUIRE(insert(db, {minimal(1), minimal(2)}).has_value());
    run("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us) VALUES "
        "(1,1,'b','number',0),(2,1,'a-hcone-bool','boolean',0);"
        "INSERT INTO score_value (organization_id,request_id,row_id,attribute_id,int_value,created_us) SELECT "
        "1,request_id,id,1,7,0 FROM request WHERE id=1;"
        "INSERT INTO score_value (organization_id,request_id,row_id,attribute_id,int_value,created_us) SELECT "
        "1,request_id,id,2,1,0 FROM request WHERE id=1;"
        "INSERT INTO feedback SELECT 1,request_id,request_id,0,5 FROM request WHERE id=1;");

    auto const one = find_request(db, default_organization, minimal(1).request_id).value();
    BOOST_TEST_REQUIRE(one.scores.size() == 2U);
    BOOST_TEST(one.scores[0].key == "a-hcone-bool");
    BOOST_TEST(one.scores[0].is_boolean);
    BOOST_TEST(one.scores[1].value == 7);
    BOOST_TEST_REQUIRE(one.rating.has_value());
    BOOST_TEST(!one.rating->is_good);
    BOOST_TEST(find_request(db, default_organization, minimal(2).request_id).value().scores.empty());

    for (bool const scored : {true, false}) {
        request_query query;
        query.is_scored = scored;
        auto const found = query_requests(db, default_organization, query).value();
        BOOST_TEST_REQUIRE(found.size() == 1U);
        BOOST_TEST((found[0].record.id == row_id{scored ? 1 : 2}));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
