// Versions as PromptLayer's clients publish and know them, with labels, tags and external ids.
#include "storage/prompt_blueprints.hpp"

#include "storage/collect.hpp"
#include "storage/external_ids.hpp"
#include "storage/numbers.hpp"
#include "storage/prompt_labels.hpp"
#include "storage/prompts.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace weir::storage
{
namespace
{

struct with_blueprints : fresh_database {
    blueprint_version publish(std::string const& name, std::int64_t now_us = 1, std::string type = "chat",
                              organization_id whose = default_organization)
    {
        new_blueprint wish{.prompt_name = name,
                           .what = template_of(boost::json::parse(R"({"model":"m"})")),
                           .provider = "OPENAI",
                           .blueprint = R"({"type":")" + type + "\"}",
                           .metadata = R"({"model":{}})",
                           .commit_message = "first"};
        auto const made = publish_blueprint(db, whose, wish, now_us);
        BOOST_REQUIRE_MESSAGE(made.has_value(), db.message());
        return *made;
    }

    std::string listed(prompt_listing_query const& query)
    {
        auto const page = list_blueprints(db, default_organization, query, 1'000'000);
        BOOST_REQUIRE_MESSAGE(page.has_value(), db.message());
        std::string all;
        for (auto const& one : page->items)
            all += one.version.prompt_name + ":" + std::to_string(one.version.number) + " ";
        return all + "of " + std::to_string(page->total);
    }

    std::string production(uuid const& prompt)
    {
        auto const found =
            first_value<std::string>(db.query("SELECT group_concat(number) FROM prompt_version WHERE prompt_id=?1 "
                                              "AND json_type(metadata,'$.isProduction')='true'",
                                              prompt));
        return found ? *found : "none";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(prompt_blueprints, with_blueprints)

BOOST_AUTO_TEST_CASE(a_published_version_is_numbered_and_in_production)
{
    auto const first = publish("greeting"), second = publish("greeting", 5);

    BOOST_TEST(first.number == 1);
    BOOST_TEST(second.number == 2);
    BOOST_TEST((first.prompt == second.prompt));
    BOOST_TEST(first.prompt_number.value() == second.prompt_number.value());
    BOOST_TEST(first.id_number.value() != second.id_number.value());
    BOOST_TEST(production(first.prompt) == "2");
    auto const newest = find_blueprint(db, default_organization, first.prompt, {});
    BOOST_TEST_REQUIRE(newest.has_value());
    BOOST_TEST(newest->number == 2);
    BOOST_TEST(newest->blueprint.value() == R"({"type":"chat"})");
    BOOST_TEST(newest->commit_message.value() == "first");
    BOOST_TEST(newest->provider == "OPENAI");
    BOOST_TEST(newest->created_us == 5);
    auto const in_production = find_production_version(db, default_organization, "greeting", {});
    BOOST_TEST_REQUIRE(in_production.has_value());
    BOOST_TEST((in_production->id == second.id));
    BOOST_TEST(in_production->major == 2);
}

BOOST_AUTO_TEST_CASE(a_version_of_helicones_api_is_known_by_its_number_without_a_blueprint)
{
    auto const made =
        create_prompt(db, default_organization, {"by hand", "{}", template_of(boost::json::parse(R"({"a":1})"))}, 1);
    BOOST_TEST_REQUIRE(made.has_value());

    auto found = find_blueprint(db, default_organization, made->id, {});

    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(found->number == 1);
    BOOST_TEST(!found->blueprint);
    BOOST_TEST(!found->prompt_number);
    BOOST_TEST(found->content == R"({"a":1})");
    BOOST_REQUIRE(give_numbers(db, default_organization, *found).has_value());
    auto const again = find_blueprint(db, default_organization, made->id, {.number = 1});
    BOOST_TEST(again->prompt_number.value() == found->prompt_number.value());
    BOOST_TEST(publish("by hand").number == 2);
}

BOOST_AUTO_TEST_CASE(a_prompt_is_found_by_name_before_number)
{
    auto const a = publish("a");
    auto const number = std::to_string(*a.prompt_number);

    BOOST_TEST((find_prompt_named(db, default_organization, "a").value() == a.prompt));
    BOOST_TEST((find_prompt_named(db, default_organization, number).value() == a.prompt));
    auto const named_so = publish(number);
    BOOST_TEST((find_prompt_named(db, default_organization, number).value() == named_so.prompt));
    for (std::string_view const none : {"b", "", "99", "1x", "-1", "99999999999999999999"})
        BOOST_TEST((find_prompt_named(db, default_organization, none).error() == errc::not_found));
    BOOST_TEST((find_prompt_named(db, other_organization, "a").error() == errc::not_found));
    BOOST_REQUIRE(delete_prompt(db, default_organization, a.prompt, 9).has_value());
    BOOST_TEST((find_prompt_named(db, default_organization, "a").error() == errc::not_found));
    BOOST_TEST((publish("a").prompt != a.prompt));
}

BOOST_AUTO_TEST_CASE(versions_are_chosen_by_number_and_label)
{
    auto const first = publish("a"), second = publish("a");
    BOOST_REQUIRE(put_label(db, default_organization, first.prompt, first.id, "prod", 1).has_value());
    auto const number = [&](version_choice const& which) {
        auto const found = find_blueprint(db, default_organization, first.prompt, which);
        return found ? found->number : 0;
    };

    BOOST_TEST(number({}) == 2);
    BOOST_TEST(number({.number = 1}) == 1);
    BOOST_TEST(number({.number = 3}) == 0);
    BOOST_TEST(number({.label = "prod"}) == 1);
    BOOST_TEST(number({.label = "dev"}) == 0);
    BOOST_TEST(number({.number = 2, .label = "prod"}) == 0);
    BOOST_TEST((find_blueprint(db, other_organization, first.prompt, {}).error() == errc::not_found));
    BOOST_REQUIRE(delete_version(db, default_organization, first.id, 3).has_value());
    BOOST_TEST(number({.label = "prod"}) == 0);
    BOOST_TEST(number({.number = 1}) == 0);
}

BOOST_AUTO_TEST_CASE(a_label_is_made_moved_and_deleted)
{
    auto const first = publish("a"), second = publish("a");

    auto const made = put_label(db, default_organization, first.prompt, first.id, "prod", 1);
    auto const again = put_label(db, default_organization, first.prompt, second.id, "prod", 2);

    BOOST_TEST(made->version_number == 1);
    BOOST_TEST(again->id == made->id);
    BOOST_TEST(again->version_number == 2);
    BOOST_TEST(move_label(db, default_organization, made->id, first.id)->version_number == 1);
    BOOST_TEST(list_labels(db, default_organization, first.prompt)->size() == 1U);
    BOOST_TEST(list_labels(db, default_organization, first.prompt, second.id)->empty());
    BOOST_TEST((move_label(db, other_organization, made->id, first.id).error() == errc::not_found));
    BOOST_TEST((delete_label(db, other_organization, made->id).error() == errc::not_found));
    BOOST_TEST(delete_label(db, default_organization, made->id).has_value());
    BOOST_TEST((delete_label(db, default_organization, made->id).error() == errc::not_found));
    BOOST_TEST((find_label(db, default_organization, made->id).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(prompts_are_listed_by_what_they_are)
{
    auto const alpha = publish("Alpha", 10);
    publish("Alpha", 30);
    auto const beta = publish("beta%", 20, "completion");
    publish("theirs", 1, "chat", other_organization);
    publish("an experiment's", 40);
    BOOST_REQUIRE(db.execute("UPDATE prompt SET metadata='{\"emptyPrompt\":true}' WHERE user_defined_id LIKE 'an %'"));
    BOOST_REQUIRE(put_label(db, default_organization, alpha.prompt, alpha.id, "prod", 1).has_value());
    BOOST_REQUIRE(set_prompt_tags(db, alpha.prompt, {"x", "y", "x"}).has_value());
    BOOST_REQUIRE(put_external_id(db, default_organization, external_kind::prompt, {"crm", "7"}, *beta.prompt_number));
    using order = prompt_listing_query::order;

    BOOST_TEST(listed({}) == "beta%:1 Alpha:2 of 2");
    BOOST_TEST(listed({.is_descending = false}) == "Alpha:2 beta%:1 of 2");
    BOOST_TEST(listed({.by = order::updated}) == "Alpha:2 beta%:1 of 2");
    BOOST_TEST(listed({.by = order::name, .is_descending = false}) == "Alpha:2 beta%:1 of 2");
    BOOST_TEST(listed({.by = order::number, .is_descending = false}) == "Alpha:2 beta%:1 of 2");
    BOOST_TEST(listed({.offset = 1, .most = 1}) == "Alpha:2 of 2");
    BOOST_TEST(listed({.label = "prod"}) == "Alpha:1 of 1");
    BOOST_TEST(listed({.name_part = "ALP"}) == "Alpha:2 of 1");
    BOOST_TEST(listed({.name_part = "%"}) == "beta%:1 of 1");
    BOOST_TEST(listed({.name_part = "_"}) == "of 0");
    BOOST_TEST(listed({.tags = {"x", "y"}}) == "Alpha:2 of 1");
    BOOST_TEST(listed({.tags = {"x", "z"}}) == "of 0");
    BOOST_TEST(listed({.is_snippet = true}) == "beta%:1 of 1");
    BOOST_TEST(listed({.is_snippet = false}) == "Alpha:2 of 1");
    BOOST_TEST(listed({.when = {.created_from_us = 20}}) == "beta%:1 of 1");
    BOOST_TEST(listed({.when = {.created_to_us = 10}}) == "Alpha:2 of 1");
    BOOST_TEST(listed({.when = {.updated_from_us = 30, .updated_to_us = 30}}) == "Alpha:2 of 1");
    BOOST_TEST(listed({.external_id = {{"crm", "7"}}}) == "beta%:1 of 1");
    BOOST_TEST(listed({.external_id = {{"crm", "8"}}}) == "of 0");
    BOOST_TEST((list_blueprints(db, default_organization, {}, 20).error() == errc::too_large));
    BOOST_REQUIRE(delete_prompt(db, default_organization, beta.prompt, 9).has_value());
    BOOST_TEST(listed({}) == "Alpha:2 of 1");
    BOOST_TEST(listed({.wanted = prompt_listing_query::status::deleted}).starts_with("beta%_deleted_"));
    BOOST_TEST(listed({.wanted = prompt_listing_query::status::all}).ends_with("of 2"));
}

BOOST_AUTO_TEST_CASE(an_external_id_is_one_things)
{
    BOOST_TEST(put_external_id(db, default_organization, external_kind::prompt, {"crm", "7"}, 1).has_value());
    BOOST_TEST(put_external_id(db, default_organization, external_kind::prompt, {"crm", "7"}, 1).has_value());
    BOOST_TEST(put_external_id(db, default_organization, external_kind::dataset_group, {"crm", "7"}, 2).has_value());
    BOOST_TEST(put_external_id(db, other_organization, external_kind::prompt, {"crm", "7"}, 3).has_value());
    BOOST_TEST(
        (put_external_id(db, default_organization, external_kind::prompt, {"crm", "7"}, 2).error() == errc::conflict));
    BOOST_TEST(external_names(db, default_organization, external_kind::prompt, 1)->size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_template_that_is_edited_takes_the_place_of_its_blueprint)
{
    auto const made = publish("a");

    BOOST_REQUIRE(edit_template(db, default_organization, made.id, template_of(boost::json::parse(R"({"b":2})")), 9));

    auto const found = find_blueprint(db, default_organization, made.prompt, {});
    BOOST_TEST(!found->blueprint);
    BOOST_TEST(found->content == R"({"b":2})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
