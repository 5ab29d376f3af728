#include "storage/key_ring.hpp"

#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace weir::storage
{
namespace
{

using namespace std::chrono_literals;

struct with_ring : fresh_database {
    metrics::registry metrics;
    key_ring ring{path, metrics, 1ms};
    key_ring::reader keys{ring};

    created_key make(key_wish const& wish = {.name = "n"}) { return create_key(db, wish, 1).value(); }
    void wait_for(std::size_t count)
    {
        test::eventually([&] { return ring.size() == count; }, std::to_string(count) + " keys in the ring");
    }
    double failures() const
    {
        auto const text = metrics.text();
        std::string const line = "\nweir_key_refresh_failures_total ";
        return std::strtod(text.c_str() + text.find(line) + line.size(), nullptr);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(key_rings, with_ring)

BOOST_AUTO_TEST_CASE(keys_that_were_there_at_the_start_are_known_at_once)
{
    auto const made = make();

    metrics::registry own;
    key_ring later(path, own, 1h);
    key_ring::reader reader(later);

    auto const found = reader.find(made.key);
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->id == made.id);
}

BOOST_AUTO_TEST_CASE(whoever_asks_for_a_look_can_count_on_it)
{
    metrics::registry own;
    key_ring sleepy(path, own, 1h);
    key_ring::reader reader(sleepy);

    for (int i = 0; i < 20; ++i) {
        auto const made = make();
        sleepy.look_now();
        BOOST_TEST(reader.find(made.key).has_value());
        BOOST_REQUIRE(revoke_key(db, default_organization, made.id, 2));
        sleepy.look_now();
        BOOST_TEST(!reader.find(made.key).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_new_key_is_found_with_its_organisation_and_permissions)
{
    auto const one = make(), two = make({.name = "n", .organization = "Acme", .permissions = key_permissions::read});
    wait_for(2);

    auto const first = keys.find(one.key), second = keys.find(two.key);
    BOOST_REQUIRE(first.has_value());
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST(first->id == one.id);
    BOOST_TEST((first->organization == default_organization));
    BOOST_TEST((first->permissions == key_permissions::read_write));
    BOOST_TEST(second->id == two.id);
    BOOST_TEST((second->organization != default_organization));
    BOOST_TEST((second->permissions == key_permissions::read));
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_not_found_and_the_others_are)
{
    auto const kept = make(), ended = make();
    wait_for(2);
    BOOST_TEST(keys.find(ended.key).has_value());

    BOOST_REQUIRE(revoke_key(db, ended.id, 2).has_value());
    wait_for(1);

    BOOST_TEST(!keys.find(ended.key).has_value());
    BOOST_TEST(keys.find(kept.key).has_value());
}

BOOST_AUTO_TEST_CASE(as_often_as_is_usual_a_new_key_and_its_end_are_seen_within_seconds)
{
    metrics::registry own;
    key_ring usual(path, own);
    key_ring::reader reader(usual);
    auto const time_until = [&](std::string const& key, bool known) {
        auto const begun = std::chrono::steady_clock::now();
        test::eventually([&] { return reader.find(key).has_value() == known; }, "a key's beginning or end");
        return std::chrono::steady_clock::now() - begun;
    };
    auto quickest_made = std::chrono::steady_clock::duration::max(), quickest_ended = quickest_made;
    for (int i = 0; i < 3; ++i) { // on a busy machine one may be slow
        auto const one = make();
        quickest_made = std::min(quickest_made, time_until(one.key, true));
        BOOST_REQUIRE(revoke_key(db, one.id, 2).has_value());
        quickest_ended = std::min(quickest_ended, time_until(one.key, false));
    }

    BOOST_TEST((quickest_made < 5s)); // a second is promised
    BOOST_TEST((quickest_ended < 5s));
}

BOOST_AUTO_TEST_CASE(only_the_whole_key_is_the_key)
{
    auto const made = make();
    wait_for(1);

    auto other = made.key;
    other.back() = other.back() == 'a' ? 'b' : 'a';
    for (auto const& wrong :
         {other, made.key.substr(0, made.key.size() - 1), made.key + "a", "Bearer " + made.key, std::string()})
        BOOST_TEST_CONTEXT(wrong) BOOST_TEST(!keys.find(wrong).has_value());
}

BOOST_AUTO_TEST_CASE(other_writes_to_the_database_change_nothing)
{
    auto const made = make();
    wait_for(1);

    for (int i = 1; i <= 50; ++i) BOOST_REQUIRE(insert(db, {minimal(i)}).has_value());
    auto const last = make();
    wait_for(2);

    BOOST_TEST(keys.find(made.key).has_value());
    BOOST_TEST(keys.find(last.key).has_value());
    BOOST_TEST(failures() == 0);
}

BOOST_AUTO_TEST_CASE(while_the_keys_cannot_be_read_those_known_stay_good_and_then_changes_are_seen_again)
{
    auto const made = make();
    wait_for(1);

    BOOST_REQUIRE(db.execute_script("ALTER TABLE api_key RENAME TO hidden").has_value());
    test::eventually([&] { return failures() >= 3; }, "three looks that failed");
    BOOST_TEST(keys.find(made.key).has_value());

    BOOST_REQUIRE(db.execute_script("ALTER TABLE hidden RENAME TO api_key").has_value());
    BOOST_REQUIRE(revoke_key(db, made.id, 2).has_value());
    wait_for(0);
    BOOST_TEST(!keys.find(made.key).has_value());
}

BOOST_AUTO_TEST_CASE(a_database_without_keys_to_read_is_an_error_at_the_start)
{
    metrics::registry own;
    BOOST_CHECK_THROW(key_ring(folder.file("absent.db"), own, 1h), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(readers_of_several_threads_see_each_key_from_its_making_to_its_end)
{
    auto const kept = make();
    wait_for(1);
    std::atomic<bool> over = false;
    std::atomic<int> misses = 0, looks = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            key_ring::reader own(ring);
            while (!over) {
                if (!own.find(kept.key)) ++misses;
                ++looks;
            }
        });

    for (int i = 0; i < 20; ++i) {
        auto const made = make();
        wait_for(2);
        BOOST_REQUIRE(revoke_key(db, made.id, 2).has_value());
        wait_for(1);
    }
    test::eventually([&] { return looks > 1000; }, "1000 looks");
    over = true;
    for (auto& t : threads) t.join();

    BOOST_TEST(misses == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
