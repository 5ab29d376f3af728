#include "storage/body_index.hpp"

#include "storage/indexer.hpp"
#include "storage/pruning.hpp"
#include "tests/storage/filtering.hpp"
#include "tests/support/wait.hpp"

#include <array>

namespace weir::storage
{
namespace
{

using namespace std::chrono_literals;

/// Texts at the edges: punctuation, case, scripts, what is no UTF-8, what is too short for a gram.
constexpr std::string_view texts[] = {
    R"({"messages":[{"content":"Hello, World! It's 100% done_now."}]})",
    R"({"choices":[{"message":{"content":"a\\b \"quoted\" C:\\path"}}]})",
    "\xc3\x89t\xc3\xa9 \xc3\xa0 Paris, na\xc3\xafve",                    // Été à Paris, naïve
    "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xce\xa3",         // Привет Σ
    "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x98\x80", // 你好世界 😀
    "300 \xe2\x84\xaa and \xc4\xb0stanbul",                              // Kelvin sign, dotted I
    "broken \xff\xfe bytes \xe2\x82",
    "",
    "ab",
    "xylophone zzqx",
};

/// What is looked for: parts of them, in other cases too, with wildcards, and what is in none.
constexpr std::string_view patterns[] = {
    "hello",
    "WORLD!",
    "It's 100% d",
    "100\\% done\\_now",
    "done%now",
    "h_llo",
    "world%hello",
    ", ",
    "b \\\\\"q",
    "path",
    "\\\\path",
    "path\\",
    "\xc3\xa9T\xc3\x89",
    "na\xc3\xafve",
    "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2",
    "\xcf\x83",
    "\xe5\xa5\xbd\xe4\xb8\x96",
    "\xf0\x9f\x98\x80",
    "300 k",
    "300 \xe2\x84\xaa",
    "istanbul",
    "\xff\xfe b",
    "s \xe2\x82",
    "",
    "a",
    "ab",
    "abc",
    "zzq",
    "ophone zz",
    "zzqx%",
    "%zzqx",
    "null",
    "nowhere to be found",
    "\xff",
    "%",
    "_",
};

struct indexed : filtering {
    std::int64_t next = 1;

    void add(std::string_view text)
    {
        auto r = minimal(next++);
        r.has_body = true;
        BOOST_REQUIRE(insert(db, {r}, {std::string(text), "answer to " + std::string(text), {}}).has_value());
    }

    void keep(bool wanted) { BOOST_REQUIRE(keep_body_index(db, wanted).has_value()); }

    void index_all()
    {
        while (index_some_bodies(db).value() > 0) {
        }
    }

    std::int64_t number(std::string_view sql)
    {
        auto found = db.query(sql);
        BOOST_REQUIRE(found.has_value());
        BOOST_REQUIRE(found->next());
        return found->get<std::int64_t>(0);
    }

    static filter search(std::string_view text, comparison how = comparison::contains,
                         std::string_view column = "request_body")
    {
        return where("request_response_rmt", column, how, std::string(text));
    }

    /// Each search's answer.
    std::vector<ids> answers()
    {
        std::vector<ids> all;
        for (auto const how :
             {comparison::contains, comparison::not_contains, comparison::like, comparison::ilike, comparison::equals})
            for (auto const pattern : patterns)
                for (auto const* column : {"request_body", "response_body"}) {
                    auto const one = search(pattern, how, column);
                    all.push_back(passing(one));
                    filter either{.is = filter::kind::any_of};
                    either.parts = {one, search("zzqx")};
                    all.push_back(passing(either));
                }
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(body_index, indexed)

BOOST_AUTO_TEST_CASE(answers_are_the_same_with_the_index_and_without)
{
    for (auto const text : texts) add(text);
    add(std::string(100'000, 'x') + "zzqx");
    BOOST_REQUIRE(insert(db, {minimal(next++)}).has_value()); // a call without bodies
    auto const expected = answers();
    std::size_t passed = 0;
    for (auto const& one : expected) passed += one.size();
    BOOST_TEST(passed > 500U);

    keep(true);
    BOOST_TEST((answers() == expected));
    BOOST_TEST(index_some_bodies(db).value() == 4U); // some are indexed, some are not
    BOOST_TEST((answers() == expected));
    index_all();
    BOOST_TEST(number("SELECT count(*) FROM body_text_pending") == 0);
    BOOST_TEST((answers() == expected));
    keep(true); // as at each start
    BOOST_TEST((answers() == expected));
    keep(false);
    BOOST_TEST((answers() == expected));
}

BOOST_AUTO_TEST_CASE(only_the_blocks_that_it_names_are_read)
{
    for (auto const text : texts) add(text);
    keep(true);
    index_all();
    BOOST_REQUIRE(passing(search("zzqx")) == ids{10});

    run("UPDATE body_text_block SET block_id=-1 WHERE block_id=10"); // what it does not name is not found

    BOOST_TEST(passing(search("zzqx")).empty());
    BOOST_TEST(passing(search("hello")) == ids{1});
    BOOST_TEST(passing(search("zz")) == ids{10}); // too short for the index

    auto const narrow = narrowed_by_body_index(db, search("hello")).value();
    sql asked("EXPLAIN QUERY PLAN SELECT r.id FROM request AS r WHERE r.organization_id=1 AND ");
    append_filter(narrow, asked);
    asked << " ORDER BY r.id DESC LIMIT 50";
    auto plan = db.query(asked);
    BOOST_REQUIRE(plan.has_value());
    BOOST_REQUIRE(plan->next());
    BOOST_TEST(plan->get<std::string>(3) == "SEARCH r USING INDEX request_by_block (body_ref=?)");
}

BOOST_AUTO_TEST_CASE(what_came_after_the_last_indexing_is_found)
{
    keep(true);
    add("old zzqx");
    index_all();
    add("new zzqx");

    BOOST_TEST(passing(search("zzqx")) == (ids{1, 2}));
    BOOST_TEST(index_some_bodies(db).value() == 1U);
    BOOST_TEST(index_some_bodies(db).value() == 0U);
    BOOST_TEST(passing(search("zzqx")) == (ids{1, 2}));
}

BOOST_AUTO_TEST_CASE(what_too_many_blocks_may_have_is_looked_for_without_it)
{
    keep(true);
    add("zzqx");
    index_all();
    run("UPDATE body_text_block SET block_id=-1"); // only a search that does without finds it
    BOOST_TEST(passing(search("zzqx")).empty());

    run("WITH n(n) AS (SELECT 100 UNION ALL SELECT n+1 FROM n LIMIT 5000) INSERT INTO body_text_pending SELECT n FROM "
        "n");

    BOOST_TEST(passing(search("zzqx")) == ids{1});
}

BOOST_AUTO_TEST_CASE(rows_that_are_pruned_leave_it)
{
    keep(true);
    for (int i = 0; i < 20; ++i) add(i < 10 ? "zzqx" : "hello zzqx");
    while (number("SELECT count(*) FROM body_text_pending") > 4) index_some_bodies(db).value();
    pruning_pace pace;
    pace.pause = [](std::chrono::milliseconds) { return true; };

    BOOST_TEST(prune(db, row_id{11}, pace).value().requests == 10);
    BOOST_TEST(number("SELECT count(*) FROM body_text_block") + number("SELECT count(*) FROM body_text_pending") == 10);
    BOOST_TEST(number("SELECT count(*) FROM body_text_block WHERE block_id<11") == 0);
    BOOST_TEST(passing(search("zzqx")).size() == 10U);
    index_all();

    BOOST_TEST(prune(db, row_id{100}, pace).value().requests == 10);
    run("CREATE VIRTUAL TABLE terms USING fts5vocab(body_text,'row')");
    BOOST_TEST(number("SELECT count(*) FROM terms") == 0);
    run("DROP TABLE terms; INSERT INTO body_text(body_text) VALUES ('integrity-check')");
}

BOOST_AUTO_TEST_CASE(a_block_that_is_gone_or_damaged_does_not_hold_up_the_others)
{
    add("zzqx");
    add("damaged");
    add("deleted");
    keep(true);
    run("DELETE FROM body_block WHERE id=3;UPDATE body_block SET content=x'07' WHERE id=2");

    index_all();

    BOOST_TEST(passing(search("zzqx")) == ids{1});
    BOOST_TEST(passing(search("damaged")).empty());
}

BOOST_AUTO_TEST_CASE(without_it_nothing_of_it_is_left)
{
    auto const objects = number("SELECT count(*) FROM sqlite_schema");
    keep(false);
    add("zzqx");
    keep(true);
    BOOST_TEST(number("SELECT count(*) FROM sqlite_schema") > objects);
    index_all();
    keep(false);

    BOOST_TEST(number("SELECT count(*) FROM sqlite_schema") == objects);
    add("another zzqx");
    BOOST_TEST(passing(search("zzqx")) == (ids{1, 2}));
}

BOOST_AUTO_TEST_CASE(it_is_filled_in_the_background_unless_the_recorder_is_behind)
{
    keep(true);
    add("zzqx");
    std::atomic<bool> may_write = false;
    std::atomic<int> asked = 0;
    indexer worker({.path = path, .indexes_bodies = true, .interval = 1ms, .may_write = [&] {
                        return ++asked, may_write.load();
                    }});
    worker.start();
    auto const pending = [this] { return number("SELECT count(*) FROM body_text_pending"); };

    test::eventually([&] { return asked > 3; }, "the indexer to ask");
    BOOST_TEST(pending() == 1);
    may_write = true;
    test::eventually([&] { return pending() == 0; }, "the first body to be indexed");
    add("later");
    test::eventually([&] { return pending() == 0; }, "the next body to be indexed");
    worker.stop();

    BOOST_TEST(passing(search("zzqx")) == ids{1});
    BOOST_TEST(number("SELECT count(*) FROM body_text_block") == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
