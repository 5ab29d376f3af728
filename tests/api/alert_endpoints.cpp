#include "support.hpp"

#include "storage/alerts.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct with_alerts : stored_record {
    answered create(std::string_view body) { return ask(with, "POST", "/v1/alert/create", body); }

    /// A good alert with one member changed, or left out.
    static std::string good(std::string_view member = {}, json::value value = nullptr)
    {
        auto body = json::parse(R"({"name":"errors","metric":"response.status","threshold":10,"time_window":"60000",)"
                                R"("emails":["a@b.example"],"slack_channels":[],"minimum_request_count":5})")
                        .as_object();
        if (!member.empty() && value.is_null()) body.erase(member);
        if (!value.is_null()) body[member] = std::move(value);
        return json::serialize(body);
    }
    json::value listed()
    {
        auto const said = ask(with, "GET", "/v1/alert/query");
        BOOST_TEST(said.status == 200);
        return json::parse(said.body).at("data");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(alert_endpoints_, with_alerts)

BOOST_AUTO_TEST_CASE(without_alerts_both_lists_are_empty)
{
    BOOST_TEST(listed() == json::parse(R"({"alerts":[],"history":[]})"));
}

BOOST_AUTO_TEST_CASE(an_alert_is_listed_with_its_columns_and_resolved_at_first)
{
    auto const said = create(good());

    BOOST_TEST(said.status == 200);
    auto const id = std::string(json::parse(said.body).at("data").as_string());
    auto const all = listed().at("alerts").as_array();
    BOOST_TEST_REQUIRE(all.size() == 1U);
    auto row = all[0].as_object();
    BOOST_TEST(row["created_at"] == row["updated_at"]);
    for (auto const* checked : {"created_at", "updated_at"}) row.erase(checked);
    BOOST_TEST(json::value(row) ==
               json::parse(R"({"id":")" + id +
                           R"(","org_id":"00000000-0000-4000-8000-000000000001","name":"errors",)"
                           R"("metric":"response.status","threshold":10,"time_window":60000,)"
                           R"("time_block_duration":60000,"emails":["a@b.example"],"slack_channels":[],)"
                           R"("minimum_request_count":5,"status":"resolved","soft_delete":false})"));
    create(good("minimum_request_count"));
    BOOST_TEST(listed().at("alerts").at(0).at("minimum_request_count").is_null()); // the newest
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_in_the_reference_s_words)
{
    struct {
        std::string_view member;
        json::value value;
        std::string_view text;
    } const cases[] = {
        {"name", "", "Name is required"},
        {"name", json::string(101, 'x'), "name: is longer than 100 bytes"},
        {"threshold", 0, "Invalid threshold"},
        {"threshold", -1, "Invalid threshold"},
        {"threshold", 100.5, "Invalid threshold"},
        {"time_window", "29999", "Invalid time_window"},
        {"time_window", "2592000001", "Invalid time_window"},
        {"time_window", "1h", "Invalid time_window"},
        {"time_window", "", "Invalid time_window"},
        {"metric", "latency", "Invalid metric"},
        {"emails", json::array{"nobody"}, "Invalid emails"},
        {"emails", json::array{"a@b"}, "Invalid emails"},
        {"emails", json::array{"a@b.example", "@b.example"}, "Invalid emails"},
        {"emails", json::array{}, "At least one notification method is required"},
        {"slack_channels", json::array{" "}, "Invalid slack_channels"},
        {"minimum_request_count", -1, "Invalid minimum_request_count"},
        {"name", 1, "name: expected a string, got a number"},
        {"threshold", "much", "threshold: expected a number, got a string"},
        {"emails", json::object{}, "emails: expected an array, got an object"},
        {"time_window", 60000, "time_window: expected a string, got a number"},
    };
    for (auto const& c : cases) {
        auto const said = create(good(c.member, c.value));
        BOOST_TEST_CONTEXT(c.member << " " << c.value)
        {
            BOOST_TEST(said.status == 400);
            BOOST_TEST(error_of(said) == c.text);
        }
    }
    for (std::string_view const member : {"name", "metric", "threshold", "time_window", "emails", "slack_channels"}) {
        auto const said = create(good(member));
        BOOST_TEST(said.status == 400);
        BOOST_TEST(error_of(said) == std::string(member) + ": is required");
    }
    BOOST_TEST(create(good("more", 1)).status == 400);
    BOOST_TEST(listed().at("alerts").as_array().empty());
}

BOOST_AUTO_TEST_CASE(the_bounds_themselves_are_good)
{
    for (auto const& body :
         {good("threshold", 100), good("time_window", "30000"), good("time_window", "2592000000"),
          std::string(R"({"name":"n","metric":"cost","threshold":0.01,"time_window":"30000","emails":[],)"
                      R"("slack_channels":["C0123"]})"),
          std::string(R"({"name":"n","metric":"cost","threshold":1000,"time_window":"30000","emails":[],)"
                      R"("slack_channels":["C0123"]})")})
        BOOST_TEST_CONTEXT(body) BOOST_TEST(create(body).status == 200);
    BOOST_TEST(error_of(create(R"({"name":"n","metric":"cost","threshold":0.009,"time_window":"30000","emails":[],)"
                               R"("slack_channels":["C0123"]})")) == "Invalid threshold");
}

BOOST_AUTO_TEST_CASE(there_are_only_so_many_of_which_deleted_ones_are_none)
{
    std::string id;
    for (std::int64_t i = 0; i < storage::most_alerts; ++i) id = std::string(data_of(create(good())).as_string());

    auto const said = create(good());
    BOOST_TEST(said.status == 409);
    BOOST_TEST(error_of(said) == "there are 100 alerts already: delete one first");
    BOOST_TEST(ask(with, "DELETE", "/v1/alert/" + id).status == 200);
    BOOST_TEST(create(good()).status == 200);
}

BOOST_AUTO_TEST_CASE(a_deleted_alert_is_gone_with_its_history_and_its_row_stays)
{
    auto const id = std::string(json::parse(create(good()).body).at("data").as_string());
    auto const recorded = db.execute(
        "INSERT INTO alert_history (id,organization_id,alert_id,alert_name,alert_metric,started_us,triggered_value,"
        "status,created_us,updated_us) SELECT x'00',1,id,name,metric,1700000000000000,'12.5','triggered',1,1 FROM "
        "alert");
    BOOST_REQUIRE(recorded.has_value());
    auto const event = listed().at("history").at(0);
    BOOST_TEST(event.at("alert_id").as_string() == id);
    BOOST_TEST(event.at("alert_name").as_string() == "errors");
    BOOST_TEST(event.at("alert_start_time").as_string() == "2023-11-14T22:13:20.000Z");
    BOOST_TEST(event.at("alert_end_time").is_null());
    BOOST_TEST(event.at("triggered_value").as_string() == "12.5");

    auto const said = ask(with, "DELETE", "/v1/alert/" + id);

    BOOST_TEST(said.status == 200);
    BOOST_TEST(said.body == R"({"data":null,"error":null})");
    BOOST_TEST(listed() == json::parse(R"({"alerts":[],"history":[]})"));
    BOOST_TEST(value_of("SELECT count(*) FROM alert WHERE deleted_us IS NOT NULL") == "1");
    BOOST_TEST(ask(with, "DELETE", "/v1/alert/" + id).status == 404);
}

BOOST_AUTO_TEST_CASE(unknown_alerts_and_another_organisation_s_are_404)
{
    auto const id = std::string(json::parse(create(good()).body).at("data").as_string());
    with.organization = storage::organization_id{2};

    for (auto const& which : {id, numbered(9).text(), std::string("nonsense")}) {
        auto const said = ask(with, "DELETE", "/v1/alert/" + which);
        BOOST_TEST(said.status == 404);
        BOOST_TEST(error_of(said) == "Alert not found");
    }
    BOOST_TEST(listed().at("alerts").as_array().empty());
    with.organization = storage::default_organization;
    BOOST_TEST(listed().at("alerts").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(settings_are_plain)
{
    auto const said = ask(with, "GET", "/v1/settings/query");
    BOOST_TEST(said.status == 200);
    BOOST_TEST(said.body == R"({"useAzureForExperiment":false})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
