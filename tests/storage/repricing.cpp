#include "storage/repricing.hpp"

#include "storage/collect.hpp"
#include "storage/requests.hpp"
#include "storage/traffic.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{
namespace
{

struct priced_record : fresh_database {
    repricing how;
    int pauses = 0;

    priced_record()
    {
        how.version = "new";
        how.pause = [this](std::chrono::milliseconds) { ++pauses; };
        how.price = [](request_record const&) { return costing(7); };
    }

    static std::optional<pricing::cost> costing(std::optional<std::int64_t> nanos)
    {
        return pricing::cost{.nanos = nanos, .source = pricing::cost_source::table};
    }

    row_id add(std::optional<std::int64_t> nanos, int status = 200, std::string model = "m")
    {
        auto row = minimal_at(noon_us, calls_++);
        row.cost.nanos = nanos;
        row.cost.source = nanos ? pricing::cost_source::table : pricing::cost_source::none;
        row.price_table_version = "old";
        row.status = status;
        row.model = std::move(model);
        BOOST_REQUIRE(insert(db, {row}).has_value());
        return row.id;
    }

    request_record row(row_id id) { return find_request(db, default_organization, id).value().record; }

    /// What the roll-ups say that all calls cost.
    std::int64_t rolled_up()
    {
        return first_value<std::int64_t>(db.query("SELECT sum(cost_nanos) FROM traffic")).value();
    }

private:
    std::int64_t calls_ = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(repricing_, priced_record)

BOOST_AUTO_TEST_CASE(an_empty_record_costs_what_it_did)
{
    auto const done = reprice(db, how).value();
    BOOST_TEST(done.calls == 0);
    BOOST_TEST(done.changed == 0);
}

BOOST_AUTO_TEST_CASE(costs_that_differ_are_written_with_their_version_and_the_roll_ups_follow)
{
    auto const cheap = add(5), unpriced = add({}), right = add(7);

    auto const done = reprice(db, how).value();

    BOOST_TEST(done.calls == 3);
    BOOST_TEST(done.changed == 2);
    BOOST_TEST(done.left == 0);
    BOOST_TEST(done.nanos_before == 5);
    BOOST_TEST(done.nanos_after == 14);
    for (auto const id : {cheap, unpriced, right}) BOOST_TEST(row(id).cost.nanos.value() == 7);
    BOOST_TEST(row(cheap).price_table_version == "new");
    BOOST_TEST(row(right).price_table_version == "old");
    BOOST_TEST((row(unpriced).cost.source == pricing::cost_source::table));
    BOOST_TEST(rolled_up() == 21);
}

BOOST_AUTO_TEST_CASE(calls_without_a_price_of_now_keep_theirs)
{
    auto const none = add(5, 200, "none"), unknown = add(5, 200, "unknown");
    how.price = [](request_record const& row) -> std::optional<pricing::cost> {
        if (row.model == "none") return std::nullopt;
        return costing({});
    };

    auto const done = reprice(db, how).value();

    BOOST_TEST(done.left == 2);
    BOOST_TEST(done.changed == 0);
    for (auto const id : {none, unknown}) BOOST_TEST(row(id).cost.nanos.value() == 5);
}

BOOST_AUTO_TEST_CASE(only_calls_that_pass_the_filter_are_looked_at)
{
    auto const one = add(5, 200, "one"), two = add(5, 200, "two");
    how.what = {.is = filter::kind::condition,
                .condition = {.table = "request_response_rmt",
                              .column = "model",
                              .how = comparison::equals,
                              .operand = std::string("two")}};

    BOOST_TEST(reprice(db, how).value().calls == 1);
    BOOST_TEST(row(one).cost.nanos.value() == 5);
    BOOST_TEST(row(two).cost.nanos.value() == 7);
    BOOST_TEST(rolled_up() == 12);
}

BOOST_AUTO_TEST_CASE(a_dry_run_counts_and_writes_nothing)
{
    auto const id = add(5);
    how.is_dry = true;

    auto const done = reprice(db, how).value();

    BOOST_TEST(done.changed == 1);
    BOOST_TEST(done.nanos_after == 7);
    BOOST_TEST(row(id).cost.nanos.value() == 5);
    BOOST_TEST(rolled_up() == 5);
    BOOST_TEST(pauses == 0);
}

BOOST_AUTO_TEST_CASE(a_row_that_changes_meanwhile_keeps_what_it_has_then)
{
    auto const id = add(5);
    how.price = [this](request_record const& of) {
        BOOST_REQUIRE(db.execute("UPDATE request SET cost_nanos=6 WHERE id=?1", of.id).has_value());
        return costing(7);
    };

    BOOST_REQUIRE(reprice(db, how).has_value());

    BOOST_TEST(row(id).cost.nanos.value() == 6);
    BOOST_TEST(rolled_up() == 5); // that is the other's business
}

BOOST_AUTO_TEST_CASE(much_is_written_in_pieces_with_rests_between_and_told_of)
{
    for (int i = 0; i < 450; ++i) add(5);
    std::vector<std::int64_t> reported;
    how.report = [&](repriced const& so_far) { reported.push_back(so_far.changed); };

    BOOST_TEST(reprice(db, how).value().changed == 450);

    BOOST_TEST(std::ranges::is_sorted(reported));
    BOOST_TEST(reported.size() >= 3U);
    BOOST_TEST(reported.back() == 450);
    BOOST_TEST(pauses >= 3);
    BOOST_TEST(rolled_up() == 450 * 7);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
