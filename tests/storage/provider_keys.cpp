#include "storage/provider_keys.hpp"

#include "storage/key_ring.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>

namespace weir::storage
{
namespace
{

constexpr organization_id ours = default_organization, theirs{2};

struct with_provider_keys : fresh_database {
    vault const seals{vault::master_key{1, 2, 3}}, other{vault::master_key{4}};

    with_provider_keys() { BOOST_REQUIRE(create_key(db, {"n", "Acme", key_permissions::read}, 1).has_value()); }

    uuid make(provider_key_wish const& wish, organization_id organization = ours, std::int64_t now_us = 5)
    {
        return create_provider_key(db, seals, organization, wish, now_us).value();
    }
    /// The keys themselves, in their order.
    std::string listed(organization_id organization = ours)
    {
        std::string all;
        auto const found = list_provider_keys(db, &seals, organization, 100);
        BOOST_REQUIRE(found.has_value());
        for (auto const& one : *found) all += (all.empty() ? "" : " ") + one.key;
        return all;
    }
    std::size_t live() { return live_proxy_keys(db, &seals).value().size(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keys_of_providers, with_provider_keys)

BOOST_AUTO_TEST_CASE(a_key_comes_back_as_it_was_given_and_stands_nowhere_in_the_file)
{
    auto const id = make({.provider = "openai", .name = "main", .key = "sk-clear-4711", .config = {{"a", "1"}}});

    auto const found = find_provider_key(db, &seals, ours, id);
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->organization_public_id == "00000000-0000-4000-8000-000000000001");
    BOOST_TEST(found->provider == "openai");
    BOOST_TEST(found->name == "main");
    BOOST_TEST(found->key == "sk-clear-4711");
    BOOST_TEST((found->config == text_pairs{{"a", "1"}}));
    BOOST_TEST(found->created_us == 5);
    auto const stored = test::content_of(path) + test::content_of(path + "-wal");
    BOOST_TEST(stored.find("sk-clear") == std::string::npos);
    BOOST_TEST(stored.find("main") != std::string::npos); // so the search does find
}

BOOST_AUTO_TEST_CASE(a_row_that_another_implementation_sealed_opens_in_its_place_alone)
{
    // In Python, with AESGCM of `cryptography`: AESGCM(bytes(range(1, 33))).encrypt(bytes(range(0xa0, 0xac)),
    // b"sk-proj-0123456789", b"provider_key 1 00000000-0000-4000-8000-00000000abcd")
    vault::master_key key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(i + 1);
    vault const with(key);
    auto const id = uuid::parse("00000000-0000-4000-8000-00000000abcd").value();
    BOOST_REQUIRE(db.execute("INSERT INTO provider_key "
                             "(id,organization_id,provider_name,name,sealed_key,config,created_us) "
                             "VALUES (?1,1,'openai','n',x'01a0a1a2a3a4a5a6a7a8a9aaab"
                             "caba10168fda30294f3f9058c5b016b36feedd689d4d0a80812538b2830f83ab203e','{}',5)",
                             id)
                      .has_value());

    auto const found = find_provider_key(db, &with, ours, id);
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->key == "sk-proj-0123456789");

    auto const moved = uuid::parse("00000000-0000-4000-8000-00000000abce").value();
    BOOST_REQUIRE(db.execute("UPDATE provider_key SET id=?1", moved).has_value());
    BOOST_TEST((find_provider_key(db, &with, ours, moved).error() == errc::wrong_key));
}

BOOST_AUTO_TEST_CASE(the_newest_comes_first_and_each_organisation_has_its_own)
{
    make({.provider = "openai", .name = "", .key = "first"}, ours, 1);
    make({.provider = "openai", .name = "", .key = "second"}, ours, 2);
    auto const id = make({.provider = "openai", .name = "", .key = "theirs"}, theirs, 3);

    BOOST_TEST(listed() == "second first");
    BOOST_TEST(listed(theirs) == "theirs");
    BOOST_TEST(list_provider_keys(db, &seals, ours, 1).value().size() == 1U);
    BOOST_TEST((find_provider_key(db, &seals, ours, id).error() == errc::not_found));
    BOOST_TEST(
        (change_provider_key(db, &seals, ours, id, {.key = "x", .name = {}, .config = {}}).error() == errc::not_found));
    BOOST_TEST((end_provider_key(db, ours, id, 9).error() == errc::not_found));
    BOOST_TEST((create_proxy_key(db, ours, id, "n", 9).error() == errc::not_found));
    BOOST_TEST(listed(theirs) == "theirs");
}

BOOST_AUTO_TEST_CASE(one_that_replaces_ends_those_of_its_provider_and_organisation_alone)
{
    make({.provider = "OpenAI", .name = "", .key = "old"}, ours, 1);
    make({.provider = "anthropic", .name = "", .key = "other"}, ours, 2);
    make({.provider = "openai", .name = "", .key = "theirs"}, theirs, 3);

    make({.provider = "openai", .name = "", .key = "new", .replaces = true}, ours, 4);

    BOOST_TEST(listed() == "new other");
    BOOST_TEST(listed(theirs) == "theirs");
}

BOOST_AUTO_TEST_CASE(a_change_leaves_what_it_does_not_name)
{
    auto const id = make({.provider = "openai", .name = "main", .key = "old", .config = {{"a", "1"}}});

    BOOST_TEST(change_provider_key(db, &seals, ours, id, {.key = "new", .name = {}, .config = {}}).has_value());
    auto found = find_provider_key(db, &seals, ours, id).value();
    BOOST_TEST(found.key == "new");
    BOOST_TEST(found.name == "main");
    BOOST_TEST((found.config == text_pairs{{"a", "1"}}));

    BOOST_TEST(change_provider_key(db, &seals, ours, id, {.key = {}, .name = "x", .config = text_pairs{}}).has_value());
    found = find_provider_key(db, &seals, ours, id).value();
    BOOST_TEST(found.key == "new");
    BOOST_TEST(found.name == "x");
    BOOST_TEST(found.config.empty());
}

BOOST_AUTO_TEST_CASE(of_an_ended_key_nothing_sealed_is_left)
{
    auto const id = make({.provider = "openai", .name = "", .key = "k"});

    BOOST_TEST(end_provider_key(db, ours, id, 9).has_value());

    BOOST_TEST(listed() == "");
    BOOST_TEST((end_provider_key(db, ours, id, 9).error() == errc::not_found));
    auto left = db.query("SELECT count(*) FROM provider_key WHERE length(sealed_key)=0 AND deleted_us=9");
    BOOST_REQUIRE(left->next());
    BOOST_TEST(left->get<int>(0) == 1);
}

BOOST_AUTO_TEST_CASE(another_master_key_is_an_error_and_so_is_a_sealed_key_in_another_row)
{
    auto const one = make({.provider = "openai", .name = "", .key = "one"});
    auto const two = make({.provider = "openai", .name = "", .key = "two"});

    BOOST_TEST((find_provider_key(db, &other, ours, one).error() == errc::wrong_key));
    BOOST_TEST((list_provider_keys(db, &other, ours, 10).error() == errc::wrong_key));

    auto const swap = db.execute("UPDATE provider_key SET sealed_key=(SELECT sealed_key FROM provider_key WHERE id=?1) "
                                 "WHERE id=?2",
                                 one, two);
    BOOST_REQUIRE(swap.has_value());
    BOOST_TEST((find_provider_key(db, &seals, ours, two).error() == errc::wrong_key));
}

BOOST_AUTO_TEST_CASE(a_proxy_key_has_a_form_of_its_own_and_only_its_hash_is_stored)
{
    auto const id = make({.provider = "openai", .name = "", .key = "sk-real"});

    auto const made = create_proxy_key(db, ours, id, "n", 7);

    BOOST_REQUIRE(made.has_value());
    std::regex const form("^sk-helicone-proxy(-[0-9a-z]{7}){4}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
    BOOST_TEST(std::regex_match(made->key, form));
    BOOST_TEST(made->key.ends_with(made->id.text()));
    BOOST_TEST(has_proxy_key_form(made->key));
    BOOST_TEST(!has_key_form(made->key));
    auto const stored = test::content_of(path) + test::content_of(path + "-wal");
    BOOST_TEST(stored.find("sk-helicone-proxy") == std::string::npos);
    auto const live = live_proxy_keys(db, &seals).value();
    BOOST_REQUIRE(live.size() == 1U);
    BOOST_TEST((live[0].hash == hash_of_key(made->key)));
    BOOST_TEST((live[0].organization == ours));
    BOOST_TEST((live[0].lends == lent_key{"openai", "sk-real"}));
}

BOOST_AUTO_TEST_CASE(no_api_key_has_a_proxy_keys_form)
{
    for (std::string_view const text : {"", "sk-helicone-proxy", "sk-helicone-abcdefg-abcdefg-abcdefg-abcdefg",
                                        "sk-helicone-proxyxx-abcdefg-abcdefg-abcdefg", "sk-proj-x"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!has_proxy_key_form(text));
}

BOOST_AUTO_TEST_CASE(a_proxy_key_ends_with_what_it_stands_for)
{
    auto const kept = make({.provider = "openai", .name = "", .key = "k"});
    auto const ended = make({.provider = "anthropic", .name = "", .key = "k"});
    for (auto const& id : {kept, ended}) BOOST_REQUIRE(create_proxy_key(db, ours, id, "n", 7).has_value());
    BOOST_TEST(live() == 2U);

    BOOST_REQUIRE(end_provider_key(db, ours, ended, 8).has_value());
    BOOST_TEST(live() == 1U);
    BOOST_TEST((create_proxy_key(db, ours, ended, "n", 9).error() == errc::not_found));

    make({.provider = "openai", .name = "", .key = "k", .replaces = true});
    BOOST_TEST(live() == 0U);
}

BOOST_AUTO_TEST_CASE(the_ring_knows_proxy_keys_beside_api_keys_and_sees_what_they_stand_for_change)
{
    metrics::registry metrics;
    key_ring ring(path, metrics, std::chrono::milliseconds(1), &seals);
    key_ring::reader keys(ring);
    auto const id = make({.provider = "openai", .name = "", .key = "first"});
    auto const made = create_proxy_key(db, ours, id, "n", 7).value();
    auto const lent = [&] {
        auto const found = keys.find(made.key);
        return found && found->lends ? found->lends->key.value_or("none") : "unknown";
    };
    test::eventually([&] { return lent() == "first"; }, "the ring to know the proxy key");
    BOOST_TEST(ring.size() == 1U);

    BOOST_REQUIRE(change_provider_key(db, &seals, ours, id, {.key = "second", .name = {}, .config = {}}).has_value());
    test::eventually([&] { return lent() == "second"; }, "the ring to see the change");

    BOOST_REQUIRE(end_provider_key(db, ours, id, 9).has_value());
    test::eventually([&] { return lent() == "unknown"; }, "the ring to see the end");
}

BOOST_AUTO_TEST_CASE(without_the_right_master_key_a_proxy_key_is_known_and_of_no_use)
{
    auto const id = make({.provider = "openai", .name = "", .key = "k"});
    BOOST_REQUIRE(create_proxy_key(db, ours, id, "n", 7).has_value());

    for (vault const* const opens : {static_cast<vault const*>(nullptr), &other}) {
        auto const live = live_proxy_keys(db, opens).value();
        BOOST_REQUIRE(live.size() == 1U);
        BOOST_REQUIRE(live[0].lends.has_value());
        BOOST_TEST(!live[0].lends->key.has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
