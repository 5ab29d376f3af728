#include "storage/keys.hpp"

#include "net/text.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>

namespace weir::storage
{
namespace
{

std::string const form = "^[sp]k(-helicone)?(-eu)?(-cp|-rl)?(-\\w{7}){4}$";

struct with_keys : fresh_database {
    created_key make(key_wish const& wish, std::int64_t now_us = 5)
    {
        auto made = create_key(db, wish, now_us);
        BOOST_REQUIRE(made.has_value());
        return std::move(*made);
    }
    std::vector<api_key> listed()
    {
        auto found = list_keys(db);
        BOOST_REQUIRE(found.has_value());
        return std::move(*found);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_keys, with_keys)

BOOST_AUTO_TEST_CASE(a_key_has_the_form_of_helicones_and_its_permissions_in_its_first_letter)
{
    std::regex const wanted("^[sp]k-helicone(-[0-9a-z]{7}){4}$");
    std::set<std::string> all;
    for (auto const permissions : {key_permissions::read_write, key_permissions::read, key_permissions::write}) {
        for (int i = 0; i < 50; ++i) {
            auto const key = make({.name = "n", .permissions = permissions}).key;
            BOOST_TEST(std::regex_match(key, wanted));
            BOOST_TEST(key.front() == (permissions == key_permissions::write ? 'p' : 's'));
            BOOST_TEST(has_key_form(key));
            all.insert(key);
        }
    }
    BOOST_TEST(all.size() == 150U);
}

BOOST_AUTO_TEST_CASE(the_form_of_a_key_is_that_of_the_published_pattern)
{
    std::regex const pattern(form);
    std::string const groups = "-abcdefg-ABCDEFG-0123456-_______";
    for (std::string const& text : std::vector<std::string>{"sk" + groups,
                                                            "pk" + groups,
                                                            "sk-helicone" + groups,
                                                            "pk-helicone-eu" + groups,
                                                            "sk-eu" + groups,
                                                            "sk-helicone-cp" + groups,
                                                            "sk-helicone-eu-rl" + groups,
                                                            "sk-rl" + groups,
                                                            "sk-eu1" + groups,
                                                            groups,
                                                            "sk-helicone-cp-rl" + groups,
                                                            "sk-rl-eu" + groups,
                                                            "xk" + groups,
                                                            "sk-helicone",
                                                            "sk",
                                                            "",
                                                            "sk-helicone" + groups + "-",
                                                            "sk-helicone" + groups + "1",
                                                            "sk-helicone-abcdefg-abcdefg-abcdefg-abcdef",
                                                            "sk-helicone-abcdefg-abcdefg-abcdefg-abcde.g",
                                                            "sk-helicone-abcdefg-abcdefg-abcdefg_abcdefg",
                                                            "SK-helicone" + groups,
                                                            " sk-helicone" + groups,
                                                            "sk-helicone-abcdefg" + groups,
                                                            "sk-proj-0123456789abcdef",
                                                            "sk-helicone-abcdefg-abcdefg-abcdefg-abcd\xc3\xa4g"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(has_key_form(text) == std::regex_match(text, pattern));
}

BOOST_AUTO_TEST_CASE(a_hash_is_that_of_the_key_behind_bearer_as_helicone_keeps_it)
{
    auto const hash = hash_of_key("sk-helicone-abcdefg-abcdefg-abcdefg-abcdefg");

    // printf 'Bearer sk-helicone-abcdefg-abcdefg-abcdefg-abcdefg' | sha256sum
    BOOST_TEST(net::to_hex({reinterpret_cast<char const*>(hash.data()), hash.size()}) ==
               "3544cdbf4fea01801a7e3edbad3e62607f34c6f3e15eef146b204c68f24a1a99");
}

BOOST_AUTO_TEST_CASE(what_is_made_is_listed_oldest_first_with_its_organisation)
{
    auto const first = make({.name = "one"}, 10);
    auto const second = make({.name = "two", .organization = "Acme", .permissions = key_permissions::read}, 20);
    auto const third = make({.name = "three", .organization = "Acme", .permissions = key_permissions::write}, 30);

    BOOST_TEST(!first.made_organization);
    BOOST_TEST(second.made_organization);
    BOOST_TEST(!third.made_organization);
    auto const keys = listed();
    BOOST_REQUIRE(keys.size() == 3U);
    BOOST_TEST(keys[0].id == first.id);
    BOOST_TEST(keys[0].name == "one");
    BOOST_TEST((keys[0].organization == default_organization));
    BOOST_TEST(keys[0].organization_name == "default");
    BOOST_TEST((keys[0].permissions == key_permissions::read_write));
    BOOST_TEST(keys[0].created_us == 10);
    BOOST_TEST(!keys[0].revoked_us.has_value());
    BOOST_TEST(keys[1].organization_name == "Acme");
    BOOST_TEST((keys[1].permissions == key_permissions::read));
    BOOST_TEST((keys[1].organization != default_organization));
    BOOST_TEST((keys[2].organization == keys[1].organization));
    BOOST_TEST((keys[2].permissions == key_permissions::write));
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_no_longer_good_and_keeps_the_time_of_its_end)
{
    auto const kept = make({.name = "kept"}), ended = make({.name = "ended"});

    BOOST_TEST(revoke_key(db, ended.id, 70).has_value());
    BOOST_TEST(revoke_key(db, ended.id, 80).has_value());

    BOOST_TEST(listed()[1].revoked_us.value_or(0) == 70);
    auto const good = live_keys(db);
    BOOST_REQUIRE(good.has_value());
    BOOST_REQUIRE(good->size() == 1U);
    BOOST_TEST(good->front().id == kept.id);
    BOOST_TEST((good->front().hash == hash_of_key(kept.key)));
}

BOOST_AUTO_TEST_CASE(an_unknown_id_is_not_found) { BOOST_TEST((revoke_key(db, 1, 5).error() == errc::not_found)); }

BOOST_AUTO_TEST_CASE(an_organisation_sees_renames_and_revokes_its_good_keys_alone)
{
    auto const first = make({.name = "first"}), theirs = make({.name = "theirs", .organization = "Acme"});
    auto const second = add_key(db, default_organization, "second", key_permissions::read, 6).value();
    auto const names = [&](std::int64_t most) {
        std::string all;
        for (auto const& key : list_good_keys(db, default_organization, most).value()) all += key.name + " ";
        return all;
    };
    BOOST_TEST(names(10) == "second first ");
    BOOST_TEST(names(1) == "second ");
    auto const listed_first = list_good_keys(db, default_organization, 10).value().back();
    BOOST_TEST((listed_first.hash == hash_of_key(first.key)));
    BOOST_TEST(listed_first.organization_public_id == "00000000-0000-4000-8000-000000000001");

    BOOST_TEST(rename_key(db, default_organization, first.id, "renamed").has_value());
    BOOST_TEST(revoke_key(db, default_organization, second.id, 70).has_value());
    BOOST_TEST(names(10) == "renamed ");

    for (auto const id : {theirs.id, second.id, std::int64_t{4711}}) {
        BOOST_TEST((rename_key(db, default_organization, id, "x").error() == errc::not_found));
        BOOST_TEST((revoke_key(db, default_organization, id, 80).error() == errc::not_found));
    }
    BOOST_TEST(listed()[1].name == "theirs");
    BOOST_TEST(!listed()[1].revoked_us.has_value());
}

BOOST_AUTO_TEST_CASE(the_store_does_not_have_the_key_itself)
{
    auto const made = make({.name = "n"});

    auto const stored = test::content_of(path) + test::content_of(path + "-wal");
    BOOST_TEST(stored.find("sk-helicone") == std::string::npos);
    BOOST_TEST(stored.find(made.key.substr(12)) == std::string::npos);
    auto const hash = hash_of_key(made.key);
    BOOST_TEST(stored.find(std::string(hash.begin(), hash.end())) != std::string::npos); // so the search does find
}

BOOST_AUTO_TEST_CASE(names_are_text_that_can_be_shown)
{
    for (std::string_view const good : {"a", "my app",
                                        "gr\xc3\xb6\xc3\x9f"
                                        "e",
                                        "a-b_c.d/e"})
        BOOST_TEST_CONTEXT(good) BOOST_TEST(!problem_with_name(good).has_value());
    for (std::string const& bad :
         {std::string(), std::string("  "), std::string("a\nb"), std::string("\x1b[31m"), std::string("a\0b", 3),
          std::string("gr\xf6\xdf"
                      "e"),
          std::string(101, 'a')})
        BOOST_TEST_CONTEXT(bad) BOOST_TEST(problem_with_name(bad).has_value());
}

BOOST_AUTO_TEST_CASE(permissions_have_names_and_say_what_may_be_done)
{
    struct {
        std::string_view name;
        bool reads, writes;
    } const cases[] = {{"rw", true, true}, {"r", true, false}, {"w", false, true}};
    for (auto const& c : cases) {
        auto const p = permissions_of(c.name);
        BOOST_REQUIRE(p.has_value());
        BOOST_TEST(name_of(*p) == c.name);
        BOOST_TEST(may_read(*p) == c.reads);
        BOOST_TEST(may_write(*p) == c.writes);
    }
    for (std::string_view const unknown : {"", "wr", "RW", "x", "r "}) BOOST_TEST(!permissions_of(unknown).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
