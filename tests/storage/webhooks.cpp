#include "storage/webhooks.hpp"

#include "storage/recorder.hpp"
#include "storage/requests.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

namespace weir::storage
{
namespace
{

class told_record final : public pending_record
{
public:
    told_record(request_record record, std::atomic<int>& settled, bool is_open)
        : record_(std::move(record))
        , settled_(settled)
        , is_open_(is_open)
    {
    }
    std::pair<request_record, bodies> make() override { return {record_, {}}; }
    void settle(boost::system::error_code error) noexcept override { settled_ += error ? 1000 : 1; }
    std::size_t bytes() const override { return 1000; }
    bool is_provisional() const override { return is_open_; }

private:
    request_record record_;
    std::atomic<int>& settled_;
    bool is_open_;
};

struct with_webhooks : fresh_database {
    void add(std::string config, organization_id whose = default_organization)
    {
        BOOST_REQUIRE(add_webhook(db, {.organization = whose,
                                       .destination = "https://a.example/" + config,
                                       .version = "v",
                                       .config = std::move(config),
                                       .hmac_key = "k",
                                       .created_us = 5})
                          .has_value());
    }

    /// "webhook:row" of all deliveries, in order.
    std::string deliveries()
    {
        auto found = db.query("SELECT webhook_id,row_id FROM webhook_delivery ORDER BY webhook_id,row_id");
        std::string all;
        while (found->next())
            all += std::to_string(found->get<int>(0)) + ":" + std::to_string(found->get<int>(1)) + " ";
        return all;
    }

    void note(std::int64_t id, std::vector<std::pair<std::string, std::string>> properties = {},
              organization_id whose = default_organization)
    {
        auto row = minimal(id);
        row.organization = whose;
        row.properties = std::move(properties);
        BOOST_REQUIRE(add_deliveries(db, row, 100).has_value());
    }
};

constexpr std::string_view all_calls = R"({"sampleRate":100,"propertyFilters":[],"includeData":true})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(webhooks, with_webhooks)

BOOST_AUTO_TEST_CASE(each_organisation_has_its_own)
{
    add(std::string(all_calls));
    add(std::string(all_calls), other_organization);
    add(std::string(all_calls));

    auto const mine = list_webhooks(db, default_organization).value();
    BOOST_REQUIRE(mine.size() == 2U);
    BOOST_TEST(mine[0].id < mine[1].id);
    BOOST_TEST(mine[0].config == all_calls);
    BOOST_TEST(mine[0].hmac_key == "k");
    BOOST_TEST(mine[0].created_us == 5);
    BOOST_TEST((organizations_with_webhooks(db).value() == std::set{default_organization, other_organization}));
    BOOST_TEST(list_webhooks(db, organization_id{3}).value().empty());

    auto const theirs = list_webhooks(db, other_organization).value().front().id;
    BOOST_TEST((delete_webhook(db, default_organization, theirs).error() == errc::not_found));
    BOOST_TEST((delete_webhook(db, default_organization, 77).error() == errc::not_found));
    BOOST_TEST(delete_webhook(db, other_organization, theirs).has_value());
    BOOST_TEST(list_webhooks(db, other_organization).value().empty());
    BOOST_TEST(list_webhooks(db, default_organization).value().size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_organisation_has_a_bounded_number)
{
    for (std::int64_t i = 0; i < most_webhooks; ++i) add(std::string(all_calls));

    BOOST_TEST((add_webhook(db, {}).error() == errc::conflict));
    add(std::string(all_calls), other_organization);
}

BOOST_AUTO_TEST_CASE(a_call_is_noted_for_the_webhooks_that_want_it)
{
    add(std::string(all_calls));
    add(R"({"sampleRate":100,"propertyFilters":[{"key":"app","value":"shop"}]})");
    add(R"({"sampleRate":100,"propertyFilters":[{"key":"aPP","value":"shop"},{"key":"Env","value":"live"}]})");
    add(R"({"sampleRate":0,"propertyFilters":[]})");
    add(std::string(all_calls), other_organization);

    note(1);
    note(2, {{"App", "shop"}});
    note(3, {{"Env", "live"}, {"App", "shop"}, {"X", "y"}});
    note(4, {{"App", "Shop"}, {"app", "shop"}});
    note(5, {}, other_organization);
    note(6, {{"Helicone-Webhook-Enabled", "false"}});
    note(7, {{"Helicone-Webhook-Enabled", "true"}});

    BOOST_TEST(deliveries() == "1:1 1:2 1:3 1:4 1:7 2:2 2:3 2:4 3:3 5:5 ");
}

BOOST_AUTO_TEST_CASE(a_share_of_the_calls_is_noted)
{
    add(R"({"sampleRate":30,"propertyFilters":[]})");
    for (int i = 1; i <= 2000; ++i) note(i);

    auto const noted = count_deliveries(db).value(); // 600, with a standard deviation of 20
    BOOST_TEST(noted > 450);
    BOOST_TEST(noted < 750);
}

BOOST_AUTO_TEST_CASE(what_is_due_comes_longest_waiting_first_and_waits_after_a_failure)
{
    add(std::string(all_calls));
    add(std::string(all_calls), other_organization);
    for (int i = 1; i <= 3; ++i) note(i);

    BOOST_TEST(webhooks_with_due_deliveries(db, 99).value().empty());
    BOOST_REQUIRE(webhooks_with_due_deliveries(db, 100).value().size() == 1U);
    auto due = due_deliveries(db, 1, 100, 2).value();
    BOOST_REQUIRE(due.size() == 2U);
    BOOST_TEST((due[0].row == row_id{1} && due[1].row == row_id{2}));
    BOOST_TEST(due[0].attempts == 0);

    BOOST_TEST(postpone_delivery(db, due[0].id, 200).has_value());
    BOOST_TEST(delete_delivery(db, due[1].id).has_value());
    due = due_deliveries(db, 1, 200, 10).value();
    BOOST_REQUIRE(due.size() == 2U);
    BOOST_TEST((due[0].row == row_id{3} && due[1].row == row_id{1}));
    BOOST_TEST(due[1].attempts == 1);
}

BOOST_AUTO_TEST_CASE(a_webhook_goes_with_its_deliveries_and_too_many_go_alone)
{
    add(std::string(all_calls));
    add(std::string(all_calls));
    for (int i = 1; i <= 5; ++i) {
        note(i);
        BOOST_TEST(db.execute("UPDATE webhook_delivery SET next_try_us=?1 WHERE row_id=?1", i).has_value());
    }

    BOOST_TEST(drop_excess_deliveries(db, 5).value() == 0);
    BOOST_TEST(drop_excess_deliveries(db, 3).value() == 2); // keeps one beyond
    BOOST_TEST(delete_webhook(db, default_organization, 1).has_value());
    BOOST_TEST(deliveries() == "2:2 2:3 2:4 2:5 ");
}

BOOST_AUTO_TEST_CASE(the_recorder_notes_deliveries_with_the_rows_but_not_for_open_sessions)
{
    add(std::string(all_calls));
    std::atomic<int> settled{0};
    metrics::registry metrics;
    recorder to({.path = path, .max_queue_bytes = 10'000'000}, metrics);
    to.start();
    auto const push = [&](std::int64_t id, bool is_open, organization_id whose = default_organization) {
        auto row = minimal(id);
        row.organization = whose;
        row.status = is_open ? status::pending : 101;
        row.was_pending = !is_open;
        to.push(std::make_unique<told_record>(row, settled, is_open));
    };

    push(1, true);
    push(2, false, other_organization);
    test::eventually([&] { return settled == 2; }, "two records to be settled");
    BOOST_TEST(deliveries().empty());

    push(1, false);
    test::eventually([&] { return settled == 3; }, "a record to be settled");
    BOOST_TEST(deliveries() == "1:1 ");
}

BOOST_AUTO_TEST_CASE(a_row_that_is_rolled_back_is_not_told_of)
{
    add(std::string(all_calls));
    // Of a refused row all is undone that its transaction did: the roll-ups are written behind the deliveries.
    BOOST_REQUIRE(db.execute_script("CREATE TRIGGER refuse BEFORE INSERT ON traffic WHEN new.model='refused' "
                                    "BEGIN SELECT RAISE(ABORT,'refused'); END")
                      .has_value());
    std::atomic<int> settled{0};
    metrics::registry metrics;
    recorder to({.path = path, .max_queue_bytes = 10'000'000}, metrics);
    for (int id = 1; id <= 3; ++id) { // of one batch
        auto row = minimal(id);
        row.model = id == 2 ? "refused" : "good";
        to.push(std::make_unique<told_record>(row, settled, false));
    }
    to.start();
    test::eventually([&] { return settled == 1002; }, "two records to be written and one to be refused");

    BOOST_TEST(deliveries() == "1:1 1:3 ");
    BOOST_TEST(count_requests(db, default_organization, {}).value() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
