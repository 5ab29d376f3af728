#include "tests/support/process.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

namespace weir
{
namespace
{

constexpr std::int64_t day_us = 86'400'000'000;

/// Calls of which each is priced, or not, for a reason of its own; their roll-up is right.
struct priced_record : storage::fresh_database {
    priced_record()
    {
        add(1, {}, pricing::cost_source::none);                  // a model without a price then
        add(2, 5, pricing::cost_source::table);                  // another price then
        add(3, 7, pricing::cost_source::provider);               // the provider said so
        add(4, 0, pricing::cost_source::none);                   // free of charge
        add(5, 4'000'000, pricing::cost_source::table);          // right already
        add(6, 9, pricing::cost_source::table, "unknown-model"); // no price now
        add(7, 9, pricing::cost_source::table, "gpt-4o", false); // without tokens
        add(8, {}, pricing::cost_source::none, "gpt-4o", true, storage::status::pending);
    }

    void add(std::int64_t id, std::optional<std::int64_t> nanos, pricing::cost_source source,
             std::string const& model = "gpt-4o", bool has_tokens = true, int status = 200)
    {
        auto row = storage::minimal(id);
        row.created_us = 1'700'000'000'000'000 + id * day_us;
        row.id =
            storage::first_row_id(std::chrono::system_clock::time_point(std::chrono::microseconds(row.created_us)));
        row.provider = "openai";
        row.model = row.request_model = model;
        row.status = status;
        if (has_tokens) row.used = {.prompt = 600, .completion = 200, .cache_read = 400};
        row.cost = {.nanos = nanos, .source = source};
        if (nanos) row.price_table_version = "2020-01-01";
        BOOST_REQUIRE(storage::insert(db, {row}).has_value());
    }

    /// A call of some time that was priced otherwise.
    void add_at(std::int64_t time_us, std::string const& model)
    {
        auto row = storage::minimal_at(time_us, dated_calls_++);
        row.provider = "openai";
        row.model = row.request_model = model;
        row.used = {.prompt = 600, .completion = 200, .cache_read = 400};
        row.cost = {.nanos = 9, .source = pricing::cost_source::table};
        row.price_table_version = "2020-01-01";
        BOOST_REQUIRE(storage::insert(db, {row}).has_value());
    }

    test::ended run(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), {"reprice", "--database", path});
        return test::run(arguments, folder.file(""));
    }

    /// The costs by id: "1=4000000 2=…"; of one model if that is given.
    std::string costs(std::string const& model = "%")
    {
        auto found = db.query(
            "SELECT row_number() OVER (ORDER BY id),cost_nanos FROM request WHERE model LIKE ?1 ORDER BY id", model);
        std::string all;
        while (found->next()) {
            auto const nanos = found->get<std::optional<std::int64_t>>(1);
            all += (all.empty() ? "" : " ") + std::to_string(found->get<std::int64_t>(0)) + "=" +
                   (nanos ? std::to_string(*nanos) : "NULL");
        }
        return all;
    }

    /// Whether the roll-up's costs are the sums of the calls'.
    bool is_rolled_up()
    {
        auto found = db.query("SELECT count(*) FROM traffic AS t WHERE cost_nanos<>(SELECT coalesce(sum(cost_nanos),0)"
                              " FROM request AS r WHERE r.created_us/900000000=t.quarter AND r.status=t.status)");
        BOOST_REQUIRE(found->next());
        return found->get<int>(0) == 0;
    }

private:
    std::int64_t dated_calls_ = 0;
};

constexpr std::string_view before = "1=NULL 2=5 3=7 4=0 5=4000000 6=9 7=9 8=NULL";
constexpr std::string_view after = "1=4000000 2=4000000 3=7 4=0 5=4000000 6=9 7=9 8=NULL";

} // namespace

BOOST_FIXTURE_TEST_SUITE(reprice_command, priced_record)

BOOST_AUTO_TEST_CASE(what_can_be_priced_anew_is_and_the_rest_stays)
{
    auto const got = run({});

    BOOST_TEST(got.code == 0);
    BOOST_TEST(got.errors == "");
    BOOST_TEST(got.output ==
               "repriced 2 of 8 calls: 0.000000 US dollars before, 0.008000 after; 5 cannot be repriced or "
               "need not be\n");
    BOOST_TEST(costs() == after);
    BOOST_TEST(is_rolled_up());
    auto row = db.query("SELECT cost_source,price_table_version FROM request ORDER BY id LIMIT 1");
    BOOST_REQUIRE(row->next());
    BOOST_TEST(row->get<std::string>(0) == "table");
    BOOST_TEST(row->get<std::string>(1).starts_with("20"));

    BOOST_TEST(run({}).output.starts_with("repriced 0 of 8 calls"));
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_so_and_changes_nothing)
{
    auto const got = run({"--dry-run"});

    BOOST_TEST(got.code == 0);
    BOOST_TEST(got.output.starts_with("would reprice 2 of 8 calls: 0.000000 US dollars before, 0.008000 after"));
    BOOST_TEST(costs() == before);
}

BOOST_AUTO_TEST_CASE(only_the_calls_asked_for_are_looked_at)
{
    struct {
        std::vector<std::string> arguments;
        std::string_view expected;
    } const cases[] = {
        {{"--since", "2023-11-16"}, "would reprice 1 of 7 calls"}, // the first call is of 15 November, 22:13
        {{"--until", "2023-11-16"}, "would reprice 1 of 1 calls"},
        {{"--since", "2023-11-15T22:13:20Z", "--until", "2023-11-15T22:13:21Z"}, "would reprice 1 of 1 calls"},
        {{"--model", "unknown-model"}, "would reprice 0 of 1 calls"},
        {{"--filter", R"({"request":{"model":{"equals":"gpt-4o"}}})"}, "would reprice 2 of 7 calls"},
    };
    for (auto c : cases) BOOST_TEST_CONTEXT(c.expected)
        {
            c.arguments.push_back("--dry-run");
            BOOST_TEST(run(c.arguments).output.starts_with(c.expected), run(c.arguments).output);
        }
}

BOOST_AUTO_TEST_CASE(own_prices_count_and_can_be_taken_back)
{
    auto const prices = folder.write(
        "prices.json", R"({"overrides":[{"provider":"openai","model":{"operator":"equals","value":"unknown-model"},)"
                       R"("input":1e-9,"output":0}]})");

    BOOST_TEST(run({"--model", "unknown-model", "--set", "cost.prices_file=" + prices}).code == 0);

    BOOST_TEST(costs().find("6=1000 ") != std::string::npos);
    BOOST_TEST(is_rolled_up());
    auto row = db.query("SELECT cost_source FROM request ORDER BY id LIMIT 1 OFFSET 5");
    BOOST_REQUIRE(row->next());
    BOOST_TEST(row->get<std::string>(0) == "override");
}

BOOST_AUTO_TEST_CASE(a_call_is_priced_by_what_was_valid_when_it_began)
{
    constexpr std::int64_t december_us = 1'701'388'800'000'000; // 2023-12-01T00:00:00Z
    for (auto const time_us :
         {december_us - 1, december_us, december_us + day_us - 1, december_us + day_us, december_us + 2 * day_us}) {
        add_at(time_us, "dated-row");
        add_at(time_us, "dated-rule");
    }
    auto const dated = [](std::string const& model) {
        std::string all;
        for (auto const* prices : {R"("input":1e-9,"valid_to":"2023-12-01")",
                                   R"("input":2e-9,"valid_from":"2023-12-01","valid_to":"2023-12-02")",
                                   R"("input":3e-9,"valid_from":"2023-12-03")"})
            all += std::string(all.empty() ? "" : ",") + R"({"provider":"openai","output":0,"model":)" + model + ',' +
                   prices + '}';
        return all;
    };
    auto const prices = folder.write("prices.json", R"({"models":[)" + dated(R"("dated-row")") + R"(],"overrides":[)" +
                                                        dated(R"({"operator":"equals","value":"dated-rule"})") + "]}");

    auto const got = run({"--set", "cost.prices_file=" + prices});

    BOOST_TEST(got.code == 0, got.errors);
    for (auto const* model : {"dated-row", "dated-rule"}) // of the fourth there was none: its cost stays
        BOOST_TEST_CONTEXT(model) BOOST_TEST(costs(model) == "1=1000 2=2000 3=2000 4=9 5=3000");
}

BOOST_AUTO_TEST_CASE(wrong_usage_changes_nothing)
{
    std::vector<std::string> const cases[] = {
        {"--since", "yesterday"},
        {"--until", "2026-13-01"},
        {"--filter", "{"},
        {"--nothing", "1"},
        {"--set", "cost.prices_file=missing.json"},
    };
    for (auto const& arguments : cases)
        BOOST_TEST_CONTEXT(arguments[0] << " " << arguments[1]) BOOST_TEST(run(arguments).code == 2);
    BOOST_TEST(costs() == before);
}

BOOST_AUTO_TEST_CASE(it_works_beside_a_server)
{
    test::process server(
        {"serve", "--database", path, "--gateway-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"},
        folder.file(""));
    static_cast<void>(server.port_of("admin"));

    BOOST_TEST(run({}).code == 0);

    server.signal(SIGTERM);
    BOOST_TEST(server.wait() == 0);
    std::string all_ended(after); // the call that went on was ended by the server's start
    BOOST_TEST(costs() == all_ended.replace(all_ended.find("8=NULL"), 6, "8=4000000"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
