// Prompts and versions as the API makes them: numbering, production, and what is left of the deleted.
#include "storage/prompts.hpp"

#include "storage/collect.hpp"
#include "storage/prompt_inputs.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace weir::storage
{
namespace
{

struct with_prompt : fresh_database {
    created_prompt first = create("greeting");

    created_prompt create(std::string const& name, organization_id whose = default_organization)
    {
        auto const made = create_prompt(db, whose, {name, "{}", template_of(boost::json::parse(R"({"a":1})"))}, 1);
        BOOST_REQUIRE_MESSAGE(made.has_value(), db.message());
        return *made;
    }

    prompt_version derive(uuid const& parent, subversion how = {}, std::int64_t now_us = 2 * second_us)
    {
        if (how.metadata.empty()) how.metadata = "{}";
        auto made = add_subversion(db, default_organization, parent, how, template_of({}), now_us);
        BOOST_REQUIRE_MESSAGE(made.has_value(), made.error() << " " << db.message());
        return *made;
    }

    static std::string number_of(prompt_version const& v)
    {
        return std::to_string(v.major) + "." + std::to_string(v.minor);
    }

    std::string text(std::string_view sql)
    {
        auto const found = first_value<std::string>(db.query(sql));
        BOOST_REQUIRE_MESSAGE(found.has_value(), db.message());
        return *found;
    }

    /// The numbers of the versions that a query finds, one after the other.
    std::string numbers(version_query query = {}, std::optional<uuid> prompt = {})
    {
        query.most = query.most == 0 ? 100 : query.most;
        query.most_bytes = query.most_bytes == 0 ? 1000 : query.most_bytes;
        auto const found = query_versions(db, default_organization, prompt.value_or(first.id), query);
        if (!found) return found.error().message();
        std::string all;
        for (auto const& v : *found) all += (all.empty() ? "" : " ") + number_of(v);
        return all;
    }

    /// Inputs of a version, of no call that is recorded.
    void add_inputs(uuid const& version, std::int64_t at_us, std::string const& automatic = "[]",
                    organization_id whose = default_organization)
    {
        auto const done =
            db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                       "source_request_id,created_us) VALUES (randomblob(16),?1,?2,'{}',?3,?4,?5)",
                       whose, version, automatic, uuid{}, at_us);
        BOOST_REQUIRE_MESSAGE(done.has_value(), db.message());
    }
};

filter version_filter(std::string_view column, comparison how, std::variant<std::string, double, bool, filter_time> to)
{
    return {.is = filter::kind::condition,
            .condition = {.table = "prompts_versions", .column = column, .how = how, .operand = std::move(to)}};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(prompts_, with_prompt)

BOOST_AUTO_TEST_CASE(a_prompt_made_by_hand_begins_with_1_0_in_production)
{
    auto const version = find_version(db, default_organization, first.version);

    BOOST_REQUIRE(version.has_value());
    BOOST_TEST(number_of(*version) == "1.0");
    BOOST_TEST(version->metadata == R"({"isProduction":true,"provider":"OPENAI"})");
    BOOST_TEST(version->content == R"({"a":1})");
    BOOST_TEST(text("SELECT metadata FROM prompt") == R"({"createdFromUi":true})");
    BOOST_TEST(text("SELECT fingerprint FROM prompt_version") == prompt_fingerprint(R"({"a":1})"));
}

BOOST_AUTO_TEST_CASE(what_is_given_of_a_prompt_stays_but_for_who_made_it)
{
    auto const made = create_prompt(db, default_organization, {"b", R"({"createdFromUi":false,"x":[1]})", {}}, 1);

    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(text("SELECT metadata FROM prompt WHERE user_defined_id='b'") == R"({"createdFromUi":true,"x":[1]})");
}

BOOST_AUTO_TEST_CASE(a_subversion_takes_the_next_minor_number_of_its_parent_s_major_one)
{
    auto const a = derive(first.version), b = derive(first.version), c = derive(a.id);

    BOOST_TEST(number_of(a) == "1.1");
    BOOST_TEST(number_of(b) == "1.2");
    BOOST_TEST(number_of(c) == "1.3");
    BOOST_TEST((c.parent == a.id));
    BOOST_TEST(c.created_us == 2 * second_us);
    BOOST_TEST(c.updated_us == 2 * second_us);
}

BOOST_AUTO_TEST_CASE(a_major_version_has_the_number_after_its_parent_s_or_is_refused)
{
    auto const major = derive(first.version, {.is_major = true});

    BOOST_TEST(number_of(major) == "2.0");
    auto const again = add_subversion(db, default_organization, first.version, {.is_major = true, .metadata = "{}"},
                                      template_of({}), 3);
    BOOST_TEST((again.error() == errc::conflict));
    BOOST_TEST(number_of(derive(major.id, {.is_major = true})) == "3.0");
}

BOOST_AUTO_TEST_CASE(a_subversion_may_be_numbered_as_another_version)
{
    auto const major = derive(first.version, {.is_major = true});

    BOOST_TEST(number_of(derive(first.version, {.numbered_as = major.id})) == "2.1");
    BOOST_TEST(number_of(derive(first.version, {.numbered_as = first.version})) == "1.1");
    BOOST_TEST(number_of(derive(major.id, {.numbered_as = first.version})) == "1.2");
    auto const strange = create("another");
    auto const refused = add_subversion(db, default_organization, first.version,
                                        {.numbered_as = strange.version, .metadata = "{}"}, template_of({}), 3);
    BOOST_TEST((refused.error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_subversion_for_an_experiment_is_as_old_as_its_parent)
{
    uuid experiment;
    experiment.bytes[15] = 7;

    auto const made = derive(first.version, {.experiment = experiment});

    BOOST_TEST(number_of(made) == "1.1");
    BOOST_TEST((made.experiment == experiment));
    BOOST_TEST(made.created_us == 2 * second_us);
    BOOST_TEST(made.updated_us == 1);
}

BOOST_AUTO_TEST_CASE(numbers_of_deleted_versions_are_not_used_again)
{
    auto const a = derive(first.version);
    BOOST_REQUIRE(delete_version(db, default_organization, a.id, 9).has_value());

    BOOST_TEST(number_of(derive(first.version)) == "1.2");
    BOOST_TEST(numbers() == "1.0 1.2");
    BOOST_TEST((find_version(db, default_organization, a.id).error() == errc::not_found));
    BOOST_TEST((delete_version(db, default_organization, a.id, 9).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(many_writers_at_once_never_make_two_versions_of_one_number)
{
    constexpr int writers = 4, each = 15;
    std::vector<std::thread> threads;
    std::vector<int> made(writers, 0), refused(writers, 0);
    for (std::size_t n = 0; n < writers; ++n)
        threads.emplace_back([this, &made = made[n], &refused = refused[n]] {
            auto own = connection::open(path, connection::mode::read_write);
            for (int tries = 0; own && made < each && tries < 1000; ++tries) {
                auto begun = transaction::begin(*own);
                if (!begun) continue; // the others have the lock for long
                auto const one = add_subversion(*own, default_organization, first.version, {.metadata = "{}"}, {}, 5);
                ++(one && begun->commit() ? made : refused);
            }
        });
    for (auto& one : threads) one.join();

    BOOST_TEST(made == std::vector<int>(writers, each), boost::test_tools::per_element());
    BOOST_TEST(refused == std::vector<int>(writers, 0), boost::test_tools::per_element());
    BOOST_TEST(text("SELECT count(DISTINCT minor_version) || ' ' || max(minor_version) FROM prompt_version") ==
               "61 60");
}

BOOST_AUTO_TEST_CASE(promotion_takes_the_flag_from_the_version_named_and_from_no_other)
{
    auto const a = derive(first.version, {.metadata = R"({"isProduction":true})"});
    auto const b = derive(first.version, {.metadata = R"({"isProduction":false,"label":"b"})"});

    auto const promoted = promote_version(db, default_organization, b.id, first.version);

    BOOST_REQUIRE(promoted.has_value());
    BOOST_TEST(promoted->metadata == R"({"isProduction":true,"label":"b"})");
    BOOST_TEST(find_version(db, default_organization, first.version)->metadata == R"({"provider":"OPENAI"})");
    BOOST_TEST(find_version(db, default_organization, a.id)->metadata == R"({"isProduction":true})");
    auto const same = promote_version(db, default_organization, b.id, b.id);
    BOOST_REQUIRE(same.has_value());
    BOOST_TEST(same->metadata == R"({"label":"b","isProduction":true})");
}

BOOST_AUTO_TEST_CASE(promotion_of_and_from_what_is_not_there_fails)
{
    auto const strange = create("another");
    auto const theirs = create("greeting", other_organization);

    for (auto const& which : {uuid{}, theirs.version, strange.version}) {
        BOOST_TEST((promote_version(db, default_organization, first.version, which).error() == errc::not_found));
        BOOST_TEST((promote_version(db, default_organization, which, first.version).error() == errc::not_found));
    }
}

BOOST_AUTO_TEST_CASE(a_version_in_production_is_not_deleted)
{
    BOOST_TEST((delete_version(db, default_organization, first.version, 9).error() == errc::conflict));
    auto const next = derive(first.version);
    BOOST_REQUIRE(promote_version(db, default_organization, next.id, first.version).has_value());
    BOOST_TEST(delete_version(db, default_organization, first.version, 9).has_value());
    BOOST_TEST(numbers() == "1.1");
}

BOOST_AUTO_TEST_CASE(an_edited_template_is_what_traffic_is_compared_with)
{
    auto const next = template_of(boost::json::parse(R"({"b":2,"model":"gpt-4o"})"));

    BOOST_REQUIRE(edit_template(db, default_organization, first.version, next, 7).has_value());

    BOOST_TEST(text("SELECT template || model || updated_us FROM prompt_version") == R"({"b":2,"model":"gpt-4o"}7)");
    BOOST_TEST(text("SELECT fingerprint FROM prompt_version") == prompt_fingerprint(R"({"b":2,"model":"gpt-4o"})"));
    BOOST_REQUIRE(edit_template(db, default_organization, first.version, template_of("text"), 8).has_value());
    BOOST_TEST(text("SELECT count(*) FROM prompt_version WHERE fingerprint IS NULL AND template='\"text\"'") == "1");
}

BOOST_AUTO_TEST_CASE(versions_come_oldest_first_and_of_many_the_newest)
{
    derive(first.version, {.is_major = true}, 20);
    derive(first.version, {.metadata = R"({"experimentAssigned":true})"}, 30);
    derive(first.version, {}, 40);

    BOOST_TEST(numbers() == "1.0 2.0 1.2");
    BOOST_TEST(numbers({.with_assigned = true}) == "1.0 2.0 1.1 1.2");
    BOOST_TEST(numbers({.most = 2}) == "2.0 1.2");
    BOOST_TEST(numbers({.most_bytes = 7}) == "more is asked for than is given at once");
    BOOST_TEST(numbers({}, create("greeting", other_organization).id).empty());
}

BOOST_AUTO_TEST_CASE(versions_are_found_by_number_and_id)
{
    auto const major = derive(first.version, {.is_major = true});
    auto const of = [this](filter what) { return numbers({.what = std::move(what)}); };

    BOOST_TEST(of(version_filter("major_version", comparison::equals, 2.0)) == "2.0");
    BOOST_TEST(of(version_filter("major_version", comparison::lt, 2.0)) == "1.0");
    BOOST_TEST(of(version_filter("minor_version", comparison::gte, 1.0)).empty());
    BOOST_TEST(of(version_filter("id", comparison::equals, major.id.text())) == "2.0");
    BOOST_TEST(of(version_filter("id", comparison::not_equals, major.id.text())) == "1.0");
    BOOST_TEST(of(version_filter("id", comparison::equals, std::string("none"))).empty());
    BOOST_TEST(of(version_filter("id", comparison::contains, major.id.text().substr(9))) == "2.0");
    BOOST_TEST(of(version_filter("prompt_v2", comparison::equals, first.id.text())) == "1.0 2.0");
    BOOST_TEST(of(version_filter("prompt_v2", comparison::not_equals, first.id.text())).empty());
}

BOOST_AUTO_TEST_CASE(of_several_versions_in_production_the_highest_counts)
{
    derive(first.version, {.is_major = true, .metadata = R"({"isProduction":true})"});
    derive(first.version, {.metadata = R"({"isProduction":true})"}, 99);
    auto const found = [this](filter const& what, organization_id whose = default_organization) {
        auto const one = find_production_version(db, whose, "greeting", what);
        return one ? number_of(*one) : "none";
    };

    BOOST_TEST(found({}) == "2.0");
    BOOST_TEST(found(version_filter("major_version", comparison::equals, 1.0)) == "1.1");
    BOOST_TEST(found(version_filter("major_version", comparison::equals, 3.0)) == "none");
    BOOST_TEST(found({}, other_organization) == "none");
    BOOST_REQUIRE(delete_prompt(db, default_organization, first.id, 9).has_value());
    BOOST_TEST(found({}) == "none");
}

BOOST_AUTO_TEST_CASE(a_deleted_prompt_s_name_is_free_and_its_versions_stay)
{
    BOOST_TEST((create_prompt(db, default_organization, {"greeting", "{}", {}}, 5).error() == errc::conflict));
    BOOST_REQUIRE(delete_prompt(db, default_organization, first.id, 9).has_value());

    BOOST_TEST(text("SELECT user_defined_id FROM prompt") == "greeting_deleted_" + first.id.text());
    BOOST_TEST((delete_prompt(db, default_organization, first.id, 9).error() == errc::not_found));
    BOOST_TEST((find_prompt(db, default_organization, first.id, 9).error() == errc::not_found));
    BOOST_TEST(create_prompt(db, default_organization, {"greeting", "{}", {}}, 10).has_value());
    BOOST_TEST(find_version(db, default_organization, first.version).has_value());
}

BOOST_AUTO_TEST_CASE(a_prompt_s_latest_version_is_the_highest_and_says_when_it_was_used)
{
    auto const major = derive(first.version, {.is_major = true}, 20);
    auto const minor = derive(first.version, {}, 30);
    add_inputs(first.version, 500);
    BOOST_TEST(!find_prompt(db, default_organization, first.id, 9)->last_used_us);
    add_inputs(major.id, 300);
    add_inputs(major.id, 200);

    auto const found = find_prompt(db, default_organization, first.id, 2);

    BOOST_REQUIRE(found.has_value());
    BOOST_TEST((found->latest_version == major.id));
    BOOST_TEST(found->major_version == 2);
    BOOST_TEST(found->last_used_us.value() == 300);
    BOOST_TEST((found->versions == std::vector<uuid>{minor.id, major.id}));
}

BOOST_AUTO_TEST_CASE(the_newest_automatic_inputs_are_those_of_the_newest_call)
{
    BOOST_TEST(newest_auto_inputs(db, first.version).value() == "[]");
    add_inputs(first.version, 20, R"([{"n":2}])");
    add_inputs(first.version, 10, R"([{"n":1}])");

    BOOST_TEST(newest_auto_inputs(db, first.version).value() == R"([{"n":2}])");
}

BOOST_AUTO_TEST_CASE(inputs_come_newest_first_and_have_bounds)
{
    add_inputs(first.version, 10, "[1]");
    add_inputs(first.version, 30, "[3]");
    add_inputs(first.version, 20, "[2]");
    add_inputs(first.version, 40, "[4]", other_organization);
    BOOST_REQUIRE(db.execute("UPDATE prompt_input SET source_request_id=NULL WHERE auto_inputs='[1]'").has_value());
    auto const of = [this](input_query const& query) {
        auto const found = query_inputs(db, default_organization, first.version, query);
        if (!found) return found.error().message();
        std::string all;
        for (auto const& one : *found) all += one.auto_inputs;
        return all;
    };

    BOOST_TEST(of({.most = 9, .most_bytes = 100}) == "[3][2]");
    BOOST_TEST(of({.most = 1, .most_bytes = 100}) == "[3]");
    BOOST_TEST(of({.at_random = true, .most = 9, .most_bytes = 100}).size() == 6U);
    BOOST_TEST(of({.most = 9, .most_bytes = 9}) == "more is asked for than is given at once");
}

BOOST_AUTO_TEST_CASE(experiments_are_those_that_name_the_prompt)
{
    BOOST_REQUIRE(db.execute("INSERT INTO experiment (id,organization_id,metadata,created_us) VALUES "
                             "(x'01',1,json_object('prompt_id',?1),5),(x'02',1,'{\"prompt_id\":\"x\"}',5),"
                             "(x'03',2,json_object('prompt_id',?1),5),(x'04',1,json_object('prompt_id',?1),6)",
                             first.id.text())
                      .has_value());

    auto const found = list_prompt_experiments(db, default_organization, first.id, 9);

    BOOST_REQUIRE(found.has_value());
    BOOST_TEST_REQUIRE(found->size() == 2U);
    BOOST_TEST(found->front().created_us == 6);
    BOOST_TEST(found->front().hypotheses == 0);
    BOOST_TEST((list_prompt_experiments(db, other_organization, first.id, 9).error() == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
