// Prompts as traffic makes them: numbering, production flag and inputs.
#include "storage/prompt_capture.hpp"

#include "storage/collect.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

namespace weir::storage
{
namespace
{

struct with_prompts : fresh_database {
    std::int64_t next_id = 0;

    /// A call of a prompt whose template is `content`, at a time in seconds.
    void call(std::string const& content, std::int64_t at_s, std::vector<std::string> keys = {},
              std::string const& prompt = "greeting", organization_id whose = default_organization)
    {
        auto record = minimal_at(at_s * 1'000'000, ++next_id);
        record.organization = whose;
        record.prompt_id = prompt;
        record.provider = "openai";
        prompt_capture taken;
        taken.content = content;
        if (content.starts_with("{")) taken.fingerprint = prompt_fingerprint(content);
        taken.model = "gpt-4o";
        taken.input_keys = std::move(keys);
        taken.inputs = R"({"k":"v"})";
        taken.auto_inputs = "[]";
        record.prompt = std::make_shared<prompt_capture>(std::move(taken));
        auto const done = prompt_writer(db).add(record);
        BOOST_REQUIRE_MESSAGE(done.has_value(), db.message());
    }

    /// "id major.minor metadata" of all versions, oldest number first.
    std::vector<std::string> versions()
    {
        auto const all = collect_column<std::string>(db.query(
            "SELECT p.user_defined_id || ' ' || v.major_version || '.' || v.minor_version || ' ' || v.metadata "
            "FROM prompt_version AS v JOIN prompt AS p ON p.id=v.prompt_id "
            "ORDER BY p.organization_id,p.user_defined_id,v.major_version,v.minor_version"));
        BOOST_REQUIRE(all.has_value());
        return *all;
    }

    std::string text(std::string_view sql)
    {
        auto const found = first_value<std::string>(db.query(sql));
        BOOST_REQUIRE_MESSAGE(found.has_value(), db.message());
        return *found;
    }
};

using lines = std::vector<std::string>;
char const* const in_production = R"({"isProduction":true,"provider":"OPENAI"})";
char const* const retired = R"({"provider":"OPENAI"})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(prompt_captures, with_prompts)

BOOST_AUTO_TEST_CASE(the_first_call_makes_the_prompt_and_its_version_0_0)
{
    call(R"({"a":1})", 100);

    BOOST_TEST(versions() == lines{"greeting 0.0 " + std::string(in_production)});
    BOOST_TEST(text("SELECT metadata FROM prompt") == R"({"createdFromUi":false})");
    BOOST_TEST(text("SELECT template || model FROM prompt_version") == R"({"a":1}gpt-4o)");
    BOOST_TEST(text("SELECT created_us || ' ' || updated_us FROM prompt_version") == "100000000 100000000");
}

BOOST_AUTO_TEST_CASE(a_changed_template_makes_the_next_major_version_and_takes_the_flag)
{
    call(R"({"a":1})", 100);
    call(R"({"a":1})", 101);
    call(R"({"a":2})", 102);
    call(R"({"a":2})", 103);
    call(R"({"a":1})", 104);

    BOOST_TEST(versions() == (lines{"greeting 0.0 " + std::string(retired), "greeting 1.0 " + std::string(retired),
                                    "greeting 2.0 " + std::string(in_production)}));
}

BOOST_AUTO_TEST_CASE(only_the_version_that_was_newest_loses_the_flag)
{
    call(R"({"a":1})", 100);
    call(R"({"a":2})", 101);
    BOOST_REQUIRE(db.execute("UPDATE prompt_version SET metadata=json_set(metadata,'$.isProduction',json('true'))"));
    call(R"({"a":3})", 102);

    BOOST_TEST(versions() ==
               (lines{R"(greeting 0.0 {"provider":"OPENAI","isProduction":true})",
                      "greeting 1.0 " + std::string(retired), "greeting 2.0 " + std::string(in_production)}));
}

BOOST_AUTO_TEST_CASE(a_call_older_than_the_newest_version_makes_none)
{
    call(R"({"a":1})", 100, {"k"});
    call(R"({"a":2})", 99, {"k"});

    BOOST_TEST(versions() == lines{"greeting 0.0 " + std::string(in_production)});
    BOOST_TEST(text("SELECT count(*) FROM prompt_input") == "2");
}

BOOST_AUTO_TEST_CASE(a_prompt_made_by_hand_gets_inputs_and_no_versions)
{
    call(R"({"a":1})", 100);
    BOOST_REQUIRE(db.execute("UPDATE prompt SET metadata='{\"createdFromUi\":true}'"));
    call(R"({"a":2})", 101, {"k"});

    BOOST_TEST(versions() == lines{"greeting 0.0 " + std::string(in_production)});
    BOOST_TEST(text("SELECT count(*) FROM prompt_input") == "1");
}

BOOST_AUTO_TEST_CASE(inputs_go_to_the_newest_version_by_number)
{
    call(R"({"a":1})", 100);
    BOOST_REQUIRE(db.execute(
        "INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,fingerprint,metadata,"
        "created_us,updated_us) SELECT zeroblob(16),organization_id,prompt_id,0,3,fingerprint,'{}',0,0 FROM "
        "prompt_version"));
    call(R"({"a":1})", 101, {"k", "l", "k"});

    BOOST_TEST(text("SELECT hex(prompt_version_id) FROM prompt_input") == std::string(32, '0'));
    BOOST_TEST(text("SELECT group_concat(key) FROM (SELECT key FROM prompt_input_key ORDER BY key)") == "k,l");
    BOOST_TEST(text("SELECT inputs || auto_inputs || created_us FROM prompt_input") == R"({"k":"v"}[]101000000)");
    BOOST_TEST(text("SELECT source_row_id FROM prompt_input") ==
               std::to_string(static_cast<std::int64_t>(minimal_at(101'000'000, 2).id)));
}

BOOST_AUTO_TEST_CASE(columns_of_experiments_are_nothing_that_calls_are_compared_with)
{
    call(R"({"a":1})", 100);
    BOOST_REQUIRE(db.execute(
        "INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,metadata,experiment_id,"
        "created_us,updated_us) SELECT zeroblob(16),organization_id,prompt_id,1,0,'{}',x'01',0,0 FROM prompt_version"));

    call(R"({"a":1})", 101, {"k"});
    call(R"({"a":2})", 102);

    BOOST_TEST(versions() == (lines{std::string("greeting 0.0 ") + retired, "greeting 1.0 {}",
                                    std::string("greeting 2.0 ") + in_production}),
               boost::test_tools::per_element());
    BOOST_TEST(text("SELECT major_version || '.' || minor_version FROM prompt_version AS v JOIN prompt_input AS i "
                    "ON i.prompt_version_id=v.id") == "0.0");
}

BOOST_AUTO_TEST_CASE(calls_without_inputs_keep_none)
{
    call(R"({"a":1})", 100);

    BOOST_TEST(text("SELECT count(*) FROM prompt_input") == "0");
    BOOST_TEST(text("SELECT count(*) FROM prompt_input_key") == "0");
}

BOOST_AUTO_TEST_CASE(what_is_no_template_makes_no_version)
{
    call(R"("text")", 100, {"k"});
    BOOST_TEST(versions().empty());
    BOOST_TEST(text("SELECT count(*) FROM prompt_input") == "0");

    call(R"({"a":1})", 101);
    call(R"(["a"])", 102, {"k"});
    BOOST_TEST(versions().size() == 1U);
    BOOST_TEST(text("SELECT count(*) FROM prompt_input") == "1");
}

BOOST_AUTO_TEST_CASE(organizations_have_prompts_of_their_own)
{
    call(R"({"a":1})", 100);
    call(R"({"a":2})", 100, {}, "greeting", organization_id{2});

    BOOST_TEST(versions() ==
               (lines{"greeting 0.0 " + std::string(in_production), "greeting 0.0 " + std::string(in_production)}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
