// Datasets: what is chosen for them, by whom, and how fast.
#include "storage/datasets.hpp"

#include "storage/collect.hpp"
#include "storage/dataset_rows.hpp"
#include "storage/experiment_datasets.hpp"
#include "storage/random.hpp"
#include "storage/sql_functions.hpp"
#include "tests/storage/filtering.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace weir::storage
{
namespace
{

struct with_inputs : fresh_database {
    uuid prompt = id(1), first = id(2), second = id(3);

    static uuid id(unsigned char n)
    {
        uuid made;
        made.bytes[6] = 0x40;
        made.bytes[8] = 0x80;
        made.bytes[15] = n;
        return made;
    }

    with_inputs()
    {
        good(add_sql_functions(db));
        good(db.execute("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'o2','other',0)"));
        good(db.execute("INSERT INTO prompt (id,organization_id,user_defined_id,created_us) VALUES (?1,1,'p',0)",
                        prompt));
        for (int major = 0; major < 2; ++major)
            good(db.execute("INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,"
                            "created_us,updated_us) VALUES (?1,1,?2,?3,0,0,0)",
                            major == 0 ? first : second, prompt, major));
    }

    void good(result<void> const& done) { BOOST_REQUIRE_MESSAGE(done.has_value(), db.message()); }

    template <class T>
    T good(result<T> done)
    {
        BOOST_REQUIRE_MESSAGE(done.has_value(), db.message());
        return std::move(*done);
    }

    uuid dataset(organization_id whose = default_organization)
    {
        return good(create_dataset(db, whose, {.name = "d", .type = "experiment", .metadata = {}}, 1'000'000));
    }

    uuid inputs(organization_id whose = default_organization) { return inputs(first, whose); }
    uuid inputs(uuid const& version, organization_id whose = default_organization)
    {
        return good(create_inputs(db, whose, {version, R"({"k":"v"})", {}}, 5));
    }

    std::set<uuid> inputs_of(uuid const& of)
    {
        std::set<uuid> found;
        for (auto const& row : good(list_inputs(db, of, 1000))) found.insert(row.id);
        return found;
    }

    uuid random(random_choice const& choice)
    {
        auto const made = dataset();
        good(add_random_inputs(db, default_organization, made, choice, 1'700'000'000'000'000));
        return made;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(datasets_, with_inputs)

BOOST_AUTO_TEST_CASE(a_random_dataset_has_each_of_the_organisation_s_inputs_once)
{
    std::set<uuid> mine;
    for (int i = 0; i < 20; ++i) mine.insert(inputs());
    inputs(other_organization);

    auto const made = random({.what = {}, .offset = 0, .limit = 100});

    auto const rows = good(list_inputs(db, made, 1000));
    BOOST_TEST(rows.size() == 20U);
    BOOST_TEST((inputs_of(made) == mine));
    std::set<uuid> ids;
    for (auto const& row : rows) {
        BOOST_TEST(uuid::parse(row.dataset_row_id.text()).has_value());
        ids.insert(row.dataset_row_id);
    }
    BOOST_TEST(ids.size() == 20U);
}

BOOST_AUTO_TEST_CASE(offset_and_limit_count_among_the_shuffled)
{
    for (int i = 0; i < 30; ++i) inputs();
    struct {
        std::int64_t offset, limit;
        std::size_t rows;
    } const cases[] = {{0, 0, 0}, {0, 7, 7}, {25, 7, 5}, {30, 7, 0}, {0, 100, 30}};
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.offset << " " << one.limit)
        {
            BOOST_TEST(inputs_of(random({.what = {}, .offset = one.offset, .limit = one.limit})).size() == one.rows);
        }
}

BOOST_AUTO_TEST_CASE(each_has_the_same_chance_and_the_order_is_random)
{
    for (int i = 0; i < 40; ++i) inputs();
    std::set<uuid> met;
    std::set<std::string> orders;
    for (int i = 0; i < 200; ++i) {
        std::string order;
        for (auto const& row : good(list_inputs(db, random({.what = {}, .offset = 0, .limit = 5}), 10))) {
            met.insert(row.id);
            order += row.id.text();
        }
        orders.insert(order);
    }
    BOOST_TEST(met.size() == 40U); // the chance of another outcome is below 1e-9
    BOOST_TEST(orders.size() > 190U);
}

BOOST_AUTO_TEST_CASE(more_than_a_draw_takes_are_shuffled_and_counted)
{
    good(db.execute("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<20000) "
                    "INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,created_us) "
                    "SELECT CAST(printf('%016d',i) AS BLOB),1,?1,'{}','[]',0 FROM c",
                    first));
    auto const made = random({.what = {}, .offset = 500, .limit = 1000});

    auto const text = [&](std::string_view sql) { return good(first_value<std::int64_t>(db.query(sql, made))); };
    BOOST_TEST(text("SELECT count(DISTINCT input_number) FROM experiment_dataset_row WHERE dataset_id=?1") == 1000);
    auto const middle =
        text("SELECT CAST(avg(input_number) AS INTEGER) FROM experiment_dataset_row WHERE dataset_id=?1");
    BOOST_TEST((middle > 8500 && middle < 11500), middle); // 10,000; a standard deviation is 183
}

BOOST_AUTO_TEST_CASE(a_filter_of_versions_and_calls_narrows_the_choice)
{
    auto const of_first = inputs(first), of_second = inputs(second);
    auto call = minimal_at(1'700'000'000'000'000, 1);
    call.request_model = "gpt-4o";
    good(insert(db, {call}));
    auto const of_call = good(create_inputs(db, default_organization, {first, "{}", call.request_id}, 5));
    auto const model = where("request", "model", comparison::equals, std::string("gpt-4o"));
    auto const is_first = where("prompts_versions", "id", comparison::equals, first.text());
    struct {
        std::string_view name;
        filter what;
        std::set<uuid> found;
    } const cases[] = {
        {"version", is_first, {of_first, of_call}},
        {"not version", where("prompts_versions", "id", comparison::not_equals, first.text()), {of_second}},
        {"no id", where("prompts_versions", "id", comparison::equals, std::string("nonsense")), {}},
        {"like", where("prompts_versions", "id", comparison::like, std::string("%0002")), {of_first, of_call}},
        {"prompt",
         where("prompts_versions", "prompt_v2", comparison::equals, prompt.text()),
         {of_first, of_second, of_call}},
        {"major", where("prompts_versions", "major_version", comparison::gte, 1.0), {of_second}},
        {"model", model, {of_call}},
        {"without a call, no condition on it holds",
         where("request", "model", comparison::not_equals, std::string("x")),
         {of_call}},
        {"nor that something is not known",
         where("request", "user_id", comparison::equals, std::string("null")),
         {of_call}},
        {"nor that it is another", where("request", "id", comparison::not_equals, std::string("nonsense")), {of_call}},
        {"both", {.is = filter::kind::all_of, .parts = {model, is_first}}, {of_call}},
        {"either",
         {.is = filter::kind::any_of,
          .parts = {model, where("prompts_versions", "major_version", comparison::equals, 1.0)}},
         {of_call, of_second}},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.name)
        {
            BOOST_TEST((inputs_of(random({.what = one.what, .offset = 0, .limit = 10})) == one.found));
        }
}

BOOST_AUTO_TEST_CASE(choosing_reads_an_index_alone)
{
    auto found = db.query("EXPLAIN QUERY PLAN SELECT number FROM prompt_input AS i WHERE i.organization_id=1 "
                          "ORDER BY random() LIMIT 10");
    BOOST_REQUIRE(found.has_value());
    BOOST_REQUIRE(found->next());
    auto const plan = found->get<std::string>(3);
    BOOST_TEST(plan.find("COVERING INDEX prompt_input_by_source") != plan.npos, plan);
}

BOOST_AUTO_TEST_CASE(inputs_are_added_and_removed_by_their_id_and_by_their_call_s)
{
    auto call = minimal_at(1'700'000'000'000'000, 1);
    good(insert(db, {call}));
    auto const of_call = good(create_inputs(db, default_organization, {first, "{}", call.request_id}, 5));
    auto const alone = inputs(), foreign = inputs(other_organization);
    auto const made = dataset();
    auto const add = [&](uuid const& id) { return good(add_inputs(db, default_organization, made, id, 7)); };
    auto const remove = [&](uuid const& id) { return good(remove_inputs(db, default_organization, made, id)); };

    BOOST_TEST(add(call.request_id) == 1);
    BOOST_TEST(add(alone) == 1);
    BOOST_TEST(add(foreign) == 0);
    BOOST_TEST(add(id(99)) == 0);
    BOOST_TEST((inputs_of(made) == std::set<uuid>{of_call, alone}));

    BOOST_TEST(remove(call.request_id) == 1);
    BOOST_TEST(remove(call.request_id) == 0);
    BOOST_TEST(remove(good(list_inputs(db, made, 10)).front().dataset_row_id) == 1);
    BOOST_TEST(inputs_of(made).empty());
}

BOOST_AUTO_TEST_CASE(new_inputs_need_a_call_that_is_there)
{
    BOOST_TEST((create_inputs(db, default_organization, {first, "{}", id(77)}, 5).error() == errc::not_found));
    BOOST_TEST(require_prompt_version(db, default_organization, first).has_value());
    BOOST_TEST((require_prompt_version(db, other_organization, first).error() == errc::not_found));
    good(db.execute("UPDATE prompt_version SET deleted_us=1 WHERE id=?1", first));
    BOOST_TEST((require_prompt_version(db, default_organization, first).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_dataset_is_there_until_it_is_deleted_and_only_for_its_organisation)
{
    auto const made = dataset();

    BOOST_TEST(require_dataset(db, default_organization, made).has_value());
    BOOST_TEST((require_dataset(db, other_organization, made).error() == errc::not_found));
    BOOST_TEST((delete_dataset(db, other_organization, made, 9).error() == errc::not_found));
    good(delete_dataset(db, default_organization, made, 9));
    BOOST_TEST((require_dataset(db, default_organization, made).error() == errc::not_found));
    BOOST_TEST((good(state_of_dataset(db, default_organization, made)) == dataset_state::deleted));
    BOOST_TEST((delete_dataset(db, default_organization, made, 9).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(copies_are_listed_newest_first_and_walked_oldest_first)
{
    auto const made = dataset(), empty = dataset();
    for (unsigned char n = 10; n < 15; ++n) good(add_row(db, made, id(n), {"1", std::to_string(n)}, n));

    auto const page = good(list_rows(db, made, 1, 2));
    BOOST_TEST_REQUIRE(page.size() == 2U);
    BOOST_TEST(page[0].origin_request_id.text() == id(13).text());
    BOOST_TEST(page[1].created_us == 12);
    BOOST_TEST(good(count_rows(db, made)) == 5);
    BOOST_TEST(good(count_rows(db, empty)) == 0);

    std::string walked;
    std::int64_t after = 0;
    auto const three = [&](uuid const&, row_bodies const& content) {
        walked += content.response + " ";
        return walked.size() < 9;
    };
    auto const more = walk_rows(db, made, after, three);
    BOOST_TEST(more.value());
    BOOST_TEST(walked == "10 11 12 ");
    walked.clear();
    BOOST_TEST(!walk_rows(db, made, after, three).value());
    BOOST_TEST(walked == "13 14 ");
}

BOOST_AUTO_TEST_CASE(a_copy_is_changed_and_removed_in_its_dataset_alone)
{
    auto const made = dataset(), second_one = dataset();
    good(add_row(db, made, id(1), {"1", "2"}, 5));
    auto const row = good(list_rows(db, made, 0, 1)).front().id;

    BOOST_TEST((change_row(db, second_one, row, {"3", "4"}).error() == errc::not_found));
    good(change_row(db, made, row, {"3", "4"}));
    BOOST_TEST(good(find_row_bodies(db, default_organization, row)).response == "4");
    BOOST_TEST((find_row_bodies(db, other_organization, row).error() == errc::not_found));
    BOOST_TEST((remove_row(db, second_one, row).error() == errc::not_found));
    good(remove_row(db, made, row));
    BOOST_TEST((find_row_bodies(db, default_organization, row).error() == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
