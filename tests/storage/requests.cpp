#include "storage/requests.hpp"

#include "storage/json_text.hpp"
#include "storage/properties.hpp"
#include "tests/support/newest_requests.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{

BOOST_FIXTURE_TEST_SUITE(request_rows, fresh_database)

BOOST_AUTO_TEST_CASE(every_member_of_a_row_comes_back_as_it_was_written)
{
    for (auto const& given : {minimal(1), complete(2)}) {
        BOOST_REQUIRE(insert(db, {given}).has_value());
        auto const got = newest_requests(db, default_organization, 1, 0);
        BOOST_REQUIRE(got.has_value());
        BOOST_REQUIRE(got->size() == 1U);
        BOOST_TEST(told(got->front()) == told(given));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_null)
{
    BOOST_REQUIRE(insert(db, {minimal(1)}).has_value());

    auto found =
        db.query("SELECT count(*) FROM request WHERE model IS NULL AND user_id IS NULL AND properties IS NULL "
                 "AND prompt_tokens IS NULL AND cost_nanos IS NULL AND body_ref IS NULL AND api_key_id IS NULL "
                 "AND time_to_first_token_us IS NULL AND error_type IS NULL AND body_missing IS NULL");
    BOOST_REQUIRE(found.has_value());
    BOOST_REQUIRE(found->next());
    BOOST_TEST(found->get<int>(0) == 1);
}

BOOST_AUTO_TEST_CASE(bodies_come_back_and_are_absent_where_none_were_kept)
{
    bodies const content{.request = "{\"q\":1}", .response = std::string(10'000, 'a'), .raw_stream = "data: x\n\n"};
    BOOST_REQUIRE(insert(db, {complete(1)}, content).has_value());
    BOOST_REQUIRE(insert(db, {minimal(2)}, content).has_value());

    auto const got = find_bodies(db, row_id{1});
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->request == content.request);
    BOOST_TEST(got->response == content.response);
    BOOST_TEST(got->raw_stream == content.raw_stream);
    BOOST_TEST((find_bodies(db, row_id{2}).error() == errc::not_found));
    BOOST_TEST((find_bodies(db, row_id{99}).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(rows_come_newest_first_by_pages_and_of_one_organisation)
{
    auto other = minimal(50);
    other.organization = organization_id{2};
    for (std::int64_t const id : {3, 1, 2, 5, 4}) BOOST_REQUIRE(insert(db, {minimal(id)}).has_value());
    BOOST_REQUIRE(insert(db, {other}).has_value());

    auto const ids = [&](std::int64_t limit, std::int64_t offset) {
        std::vector<std::int64_t> all;
        auto const got = newest_requests(db, default_organization, limit, offset);
        for (auto const& r : got.value()) all.push_back(static_cast<std::int64_t>(r.id));
        return all;
    };
    BOOST_TEST((ids(100, 0) == std::vector<std::int64_t>{5, 4, 3, 2, 1}));
    BOOST_TEST((ids(2, 1) == std::vector<std::int64_t>{4, 3}));
    BOOST_TEST(ids(10, 10).empty());
}

BOOST_AUTO_TEST_CASE(a_row_is_found_by_its_public_id_weirs_own_or_the_clients)
{
    auto chosen = minimal(1), own = minimal(2);
    chosen.request_id = uuid::parse("6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b").value();
    chosen.client_chose_id = true;
    auto chosen_v7 = minimal(3); // a v7 of the client's own: it looks as if it carried a row
    chosen_v7.request_id = public_id(row_id{77}, 1);
    chosen_v7.client_chose_id = true;
    BOOST_REQUIRE(insert(db, {chosen, own, chosen_v7}).has_value());

    for (auto const& r : {chosen, own, chosen_v7}) {
        auto const got = find_request(db, default_organization, r.request_id);
        BOOST_REQUIRE(got.has_value());
        BOOST_TEST(told(got->record) == told(r));
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_id_and_another_organisations_are_not_found)
{
    auto const r = minimal(1);
    BOOST_REQUIRE(insert(db, {r}).has_value());

    BOOST_TEST((find_request(db, organization_id{2}, r.request_id).error() == errc::not_found));
    BOOST_TEST((find_request(db, default_organization, public_id(r.id, 8)).error() == errc::not_found)); // other random
    BOOST_TEST((find_request(db, default_organization, response_id(r.id)).error() == errc::not_found));
    BOOST_TEST(
        (find_request(db, default_organization, uuid::parse("6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b").value()).error() ==
         errc::not_found));
}

BOOST_AUTO_TEST_CASE(an_id_that_was_chosen_before_gives_way_to_a_fresh_one_and_stays_as_a_property)
{
    auto first = complete(1), second = complete(2);
    first.request_id = second.request_id = uuid::parse("6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b").value();
    BOOST_REQUIRE(insert(db, {first, second}).has_value()); // in one batch

    auto const rows = newest_requests(db, default_organization, 10, 0).value();
    BOOST_REQUIRE(rows.size() == 2U);
    BOOST_TEST((rows[1].request_id == first.request_id));
    BOOST_TEST((rows[0].request_id != first.request_id));
    BOOST_TEST((row_id_of(rows[0].request_id) == rows[0].id));
    BOOST_TEST(!rows[0].client_chose_id);
    BOOST_TEST(rows[0].properties.back().first == "Helicone-Request-Id-Duplicate");
    BOOST_TEST(rows[0].properties.back().second == first.request_id.text());
    BOOST_TEST(rows[1].properties.size() + 1 == rows[0].properties.size());
}

BOOST_AUTO_TEST_CASE(a_row_takes_the_place_of_its_pending_one_and_of_no_other)
{
    auto pending = complete(1), other = complete(2), ended = complete(1);
    pending.status = status::pending;
    pending.has_body = false;
    ended.was_pending = true;
    other.request_id = uuid::parse("6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b").value();
    BOOST_REQUIRE(insert(db, {pending, other, ended}).has_value());

    auto const rows = newest_requests(db, default_organization, 10, 0).value();
    BOOST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(told(rows[0]) == told(other));
    BOOST_TEST(told(rows[1]) == told(ended));     // with the id that it chose
    BOOST_TEST(!insert(db, {ended}).has_value()); // what has ended stays
}

BOOST_AUTO_TEST_CASE(a_row_keeps_the_public_id_of_its_pending_one)
{
    auto first = complete(1), pending = complete(2), ended = complete(2);
    first.request_id = pending.request_id = ended.request_id =
        uuid::parse("6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b").value();
    pending.status = status::pending;
    pending.has_body = false;
    ended.was_pending = true;
    BOOST_REQUIRE(insert(db, {first, pending}).has_value());
    auto const before = newest_requests(db, default_organization, 1, 0).value().front();
    BOOST_REQUIRE(db.execute("DELETE FROM request WHERE id=1").has_value()); // even if the other has gone meanwhile
    BOOST_REQUIRE(insert(db, {ended}).has_value());

    auto const rows = newest_requests(db, default_organization, 10, 0).value();
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].status == ended.status);
    BOOST_TEST((before.request_id != first.request_id));
    BOOST_TEST((rows[0].request_id == before.request_id));
    BOOST_TEST(!rows[0].client_chose_id);
    BOOST_TEST((rows[0].properties == before.properties));
}

BOOST_AUTO_TEST_CASE(what_was_said_of_a_pending_row_stays)
{
    auto pending = minimal(1);
    pending.status = status::pending;
    pending.properties = {{"a", "1"}, {"b", "2"}};
    pending.session_id = "old";
    auto ended = pending;
    ended.status = 101;
    ended.was_pending = true;
    BOOST_REQUIRE(insert(db, {pending}).has_value());
    for (auto const& [key, value] : {std::pair{"b", "3"}, {"c", "4"}, {"Helicone-Session-Id", "new"}})
        BOOST_REQUIRE(set_property(db, default_organization, pending.request_id, key, value).has_value());

    BOOST_REQUIRE(insert(db, {ended}).has_value());

    auto const now = newest_requests(db, default_organization, 10, 0).value().front();
    BOOST_TEST(now.status == 101);
    BOOST_TEST((now.properties == text_pairs{{"a", "1"}, {"b", "3"}, {"c", "4"}, {"Helicone-Session-Id", "new"}}));
    BOOST_TEST(now.session_id == "new");
}

BOOST_AUTO_TEST_CASE(a_walk_hands_over_each_row_that_passes_oldest_first_and_ends)
{
    auto other = minimal(3);
    other.organization = organization_id{2};
    auto failed = minimal(4);
    failed.status = 500;
    auto bodied = minimal(2);
    bodied.has_body = true;
    BOOST_REQUIRE(insert(db, {minimal(1), bodied, other, failed, minimal(5)}, {"q", "a", ""}).has_value());
    filter const good{
        .is = filter::kind::condition,
        .condition = {
            .table = "request_response_rmt", .column = "status", .how = comparison::equals, .operand = 200.0}};

    for (auto const step : {std::chrono::milliseconds(10'000), std::chrono::milliseconds(0)})
        BOOST_TEST_CONTEXT(step.count() << " ms")
        {
            std::string seen;
            walk_position at{.after = {}, .last = row_id{4}, .step = step};
            while (!at.is_done())
                BOOST_REQUIRE(walk_requests(db, default_organization, good, at,
                                            [&](request_row const& row, std::optional<bodies> const& kept) {
                                                seen += std::to_string(static_cast<int>(row.record.id));
                                                if (kept) seen += kept->request + kept->response;
                                                return true;
                                            })
                                  .has_value());
            BOOST_TEST(seen == "12qa");
            seen.clear();
            at = {.after = row_id{1}, .last = row_id{5}, .step = step};
            while (!at.is_done())
                BOOST_REQUIRE(walk_records(db, good, at, [&](request_record const& row) {
                                  seen += std::to_string(static_cast<int>(row.id));
                                  return true;
                              }).has_value());
            BOOST_TEST(seen == "235"); // of all organisations
        }
}

BOOST_AUTO_TEST_CASE(a_step_of_a_walk_ends_at_any_row_when_its_time_is_over_though_none_passes)
{
    BOOST_REQUIRE(insert(db, {minimal(1), minimal(2), minimal(3)}).has_value());
    filter const none{
        .is = filter::kind::condition,
        .condition = {
            .table = "request_response_rmt", .column = "status", .how = comparison::equals, .operand = 418.0}};
    walk_position at{.after = {}, .last = row_id{9}, .step = std::chrono::milliseconds(0)};
    auto const step = [&] {
        auto const done = walk_records(db, none, at, [](request_record const&) { return true; });
        BOOST_REQUIRE(done.has_value());
        return static_cast<std::int64_t>(at.after);
    };

    for (std::int64_t const reached : {1, 2, 3, 9}) BOOST_TEST(step() == reached);
    BOOST_TEST(at.is_done());
}

BOOST_AUTO_TEST_CASE(a_walk_stops_where_its_user_has_enough_and_goes_on_there)
{
    BOOST_REQUIRE(insert(db, {minimal(1), minimal(2), minimal(3)}).has_value());
    walk_position at{.after = {}, .last = row_id{3}};
    std::string seen;
    auto const one = [&seen](request_record const& row) {
        seen += std::to_string(static_cast<int>(row.id));
        return false;
    };

    for (std::string_view const expected : {"1", "12", "123"}) {
        BOOST_REQUIRE(walk_records(db, {}, at, one).has_value());
        BOOST_TEST(seen == expected);
    }
    BOOST_TEST(at.is_done());
}

BOOST_AUTO_TEST_CASE(an_id_that_weir_gave_out_before_is_a_duplicate_too)
{
    auto own = minimal(1), chosen = minimal(2);
    chosen.request_id = own.request_id; // a client that sends the `helicone-id` it got before
    chosen.client_chose_id = true;
    BOOST_REQUIRE(insert(db, {own}).has_value());
    BOOST_REQUIRE(insert(db, {chosen}).has_value());

    auto const rows = newest_requests(db, default_organization, 10, 0).value();
    BOOST_TEST((rows[0].request_id != rows[1].request_id));
}

BOOST_AUTO_TEST_CASE(organisations_do_not_take_each_others_ids)
{
    auto mine = complete(1), theirs = complete(2);
    mine.request_id = theirs.request_id = uuid::parse("6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b").value();
    mine.organization = default_organization;
    theirs.organization = organization_id{2};
    auto own = minimal(3), copied = minimal(4); // they send an id that weir gave us
    copied.request_id = own.request_id;
    copied.client_chose_id = true;
    copied.organization = organization_id{2};
    BOOST_REQUIRE(insert(db, {mine, theirs, own, copied}).has_value());

    for (auto const& r : {mine, theirs, own, copied}) {
        auto const got = find_request(db, r.organization, r.request_id);
        BOOST_REQUIRE(got.has_value());
        BOOST_TEST(told(got->record) == told(r));
    }
}

BOOST_AUTO_TEST_CASE(a_rows_key_that_is_taken_is_a_conflict_and_nothing_of_the_row_stays)
{
    BOOST_REQUIRE(insert(db, {minimal(1)}).has_value());

    auto const again = insert(db, {complete(1)});

    BOOST_REQUIRE(!again.has_value());
    BOOST_TEST((again.error() == errc::conflict));
    BOOST_TEST((find_bodies(db, row_id{1}).error() == errc::not_found));
    BOOST_TEST(insert(db, {minimal(2)}).has_value()); // the connection is good afterwards
}

BOOST_AUTO_TEST_CASE(every_statement_that_fails_undoes_the_whole_batch)
{
    for (std::string const trigger : {"BEFORE INSERT ON request", "BEFORE INSERT ON body_block"}) {
        BOOST_TEST_CONTEXT(trigger)
        {
            BOOST_REQUIRE(db.execute_script("CREATE TRIGGER fails " + trigger +
                                            " WHEN NEW.id=2 BEGIN SELECT RAISE(ABORT, 'no'); END")
                              .has_value());
            BOOST_TEST(!insert(db, {complete(1), complete(2)}, {.request = "q", .response = "a", .raw_stream = ""})
                            .has_value());
            BOOST_REQUIRE(db.execute_script("DROP TRIGGER fails").has_value());
            BOOST_TEST(newest_requests(db, default_organization, 10, 0).value().empty());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
