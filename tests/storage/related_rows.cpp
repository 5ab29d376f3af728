#include "tests/storage/grouping.hpp"

namespace weir::storage
{

BOOST_FIXTURE_TEST_SUITE(related_rows, grouping)

BOOST_AUTO_TEST_CASE(what_is_said_of_calls_finds_them)
{
    add(1, 2048, [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        if (n % 100 == 0) r.session_id = "s" + std::to_string(n);
        if (n == 77) r.client_chose_id = true;
    });
    group_all();
    run("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us) VALUES "
        "(1,1,'quality','number',0),"
        "(2,1,'helicone-score-feedback','boolean',0)");
    run("INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us,row_id)"
        " SELECT 1,request_id,1,id%50,0,id FROM request WHERE id%7=0");
    run("INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us,row_id)"
        " SELECT 1,request_id,2,id%2,0,id FROM request WHERE id%500=1");
    run("INSERT INTO feedback (organization_id,request_id,feedback_id,rating,created_us)"
        " SELECT 1,request_id,x'01',id%3=0,id FROM request WHERE id%11=0");
    run("INSERT INTO tag (organization_id,entity_type,entity_id,tag,created_us)"
        " SELECT 1,'session',session_id,'odd',0 FROM request WHERE id%200=100");
    run("INSERT INTO tracked_request (organization_id,request_id,is_starred,created_us)"
        " SELECT 1,request_id,id%2,0 FROM request WHERE id%33=0");
    run("PRAGMA foreign_keys=0;"
        "INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,source_row_id,created_us)"
        " SELECT randomblob(16),1,x'01',CASE id%4 WHEN 0 THEN '{\"city\":\"paris\"}' WHEN 1 THEN '{\"city\":5}'"
        " ELSE '{\"town\":\"paris\"}' END,'[]',id,0 FROM request WHERE id%50=0 OR id%50=1");
    for (std::int64_t const id : {5, 500, 2000}) {
        auto const request = find_request(db, default_organization, row_id{id}).value().record.request_id;
        run("INSERT INTO tag (organization_id,entity_type,entity_id,tag,created_us) VALUES (1,'request','" +
            request.text() + "','seen',0)");
    }
    using c = comparison;
    std::vector<filter> filters;
    for (auto const how : {c::equals, c::not_equals, c::gt, c::gte, c::lt, c::lte}) {
        for (std::string const n : {"0", "7", "7.5", "49", "x"})
            filters.push_back(where(rmt, "scores", how, n, "quality"));
        filters.push_back(where(rmt, "scores", how, "1", "none"));
        filters.push_back(where(rmt, "helicone-score-feedback", how, true));
        filters.push_back(where("feedback", "rating", how, false));
        filters.push_back(where("feedback", "created_at", how, filter_time{1100}));
        filters.push_back(where("tracking", "starred", how, true));
        filters.push_back(where("tracking", "starred", how, false));
        filters.push_back(where("tracking", "tag", how, "seen"));
        filters.push_back(where("sessions_request_response_rmt", "session_tag", how, "odd"));
    }
    for (auto const how : {c::like, c::ilike, c::contains, c::not_contains}) {
        for (std::string const text : {"7", "%9", "SEE", "odd", "null", ""}) {
            filters.push_back(where(rmt, "scores", how, text, "quality"));
            filters.push_back(where("tracking", "tag", how, text));
            filters.push_back(where("sessions_request_response_rmt", "session_tag", how, text));
        }
        for (std::string const text : {"%lity\":4%", "UALITY", "{}", "\"quality\":4", "%:1,%", "zz", "%\\_%", ""})
            filters.push_back(where(rmt, "scores_column", how, text));
    }
    for (auto const how : {c::equals, c::not_equals, c::gt})
        for (std::string const text : {"{}", "{\"quality\":7}", "zz", "null"})
            filters.push_back(where(rmt, "scores_column", how, text));
    for (auto const how : {c::equals, c::not_equals, c::contains, c::gt})
        for (std::string const text : {"paris", "5", "zz"}) filters.push_back(where("values", "", how, text, "city"));
    for (std::string const text : {"x", "null"}) filters.push_back(where("feedback", "response_id", c::equals, text));
    BOOST_TEST(compare_with_rows(filters) > filters.size() / 2);
}

BOOST_AUTO_TEST_CASE(of_many_that_have_a_score_the_newest_are_found)
{
    add(1, 8 * 2048);
    group_all();
    run("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us) VALUES (1,1,'a','number',0),"
        "(2,1,'b','number',0)");
    run("INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us,row_id)"
        " SELECT 1,request_id,1,id%100,0,id FROM request WHERE id<=12000;"
        "INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us,row_id)"
        " SELECT 1,request_id,2,1,0,id FROM request WHERE id%5000=0");
    using c = comparison;
    for (auto const& what :
         {where(rmt, "scores", c::lte, "98", "a"), where(rmt, "scores", c::not_contains, "00", "a"),
          where(rmt, "scores_column", c::contains, "\"a\":"), where(rmt, "scores_column", c::not_equals, "{}")}) {
        auto found = candidates::find(db, default_organization, what);
        BOOST_REQUIRE((found.has_value() && found->has_value()));
        auto const first = (*found)->next(50).value();
        BOOST_TEST(first.size() == 50U);
        sql asked("SELECT r.id FROM request AS r WHERE ");
        append_filter(what, asked);
        asked << " ORDER BY r.id DESC LIMIT 3000";
        auto const expected = collect_column<std::int64_t>(db.query(asked)).value();
        BOOST_TEST((std::ranges::find(first, row_id{expected.front()}) != first.end()));
        BOOST_TEST(newest(what, 3000) == expected, boost::test_tools::per_element());
        BOOST_TEST(count_requests(db, default_organization, what).value() > 11'000);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
