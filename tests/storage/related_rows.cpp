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
    BOOST_TEST(compare_with_rows(filters) > filters.size() / 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
