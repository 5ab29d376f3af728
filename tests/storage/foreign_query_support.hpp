#pragma once

#include "storage/foreign_query.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

/// What the tests of users' own queries share.
namespace weir::storage
{

inline std::string text_of(sql_value const& value)
{
    if (auto const* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (auto const* real = std::get_if<double>(&value)) return std::to_string(*real);
    if (auto const* text = std::get_if<std::string>(&value)) return *text;
    return "NULL";
}

/// Organisation 1 has a complete row and a minimal one; organisation 2 has one with secrets in all that it can.
struct two_organizations : fresh_database {
    two_organizations()
    {
        BOOST_REQUIRE(
            db.execute("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'other-id','other',1)")
                .has_value());
        auto mine = complete(1);
        mine.created_us = 1'700'000'000'123'999;
        mine.ended_us = mine.created_us + 1'500'000;
        mine.time_to_first_token_us = 250'600;
        mine.properties = {{"a", "quote\" back\\slash"}};
        BOOST_REQUIRE(insert(db, {mine}, {R"({"mine":1})", "answer", ""}).has_value());
        BOOST_REQUIRE(insert(db, {minimal(2)}).has_value());
        auto theirs = complete(3);
        theirs.organization = organization_id{2};
        for (auto* text : {&theirs.model, &theirs.user_id, &theirs.session_id, &theirs.request_model, &theirs.path,
                           &theirs.finish_reason, &theirs.error_type})
            *text = "secret";
        theirs.properties = {{"secret", "secret"}};
        BOOST_REQUIRE(insert(db, {theirs}, {"secret", "secret", ""}).has_value());
        judge(1, 1, mine.request_id, "mine");
        judge(2, 2, theirs.request_id, "secret");
    }

    void judge(std::int64_t attribute, std::int64_t organization, uuid const& request, std::string const& word)
    {
        bool const done =
            db.execute("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us)"
                       " VALUES (?1,?2,?3,'number',0)",
                       attribute, organization, word)
                .has_value() &&
            db.execute("INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us)"
                       " VALUES (?1,?2,?3,7,1000000)",
                       organization, request, attribute)
                .has_value() &&
            db.execute("INSERT INTO feedback (organization_id,request_id,feedback_id,rating,created_us)"
                       " VALUES (?1,?2,?2,1,1000000)",
                       organization, request)
                .has_value() &&
            db.execute("INSERT INTO tag (organization_id,entity_type,entity_id,tag,created_us)"
                       " VALUES (?1,'session',?2,?2,1000000)",
                       organization, word)
                .has_value();
        BOOST_REQUIRE(done);
    }

    /// All values, "a|b;c|d", or "error: " and what is told to the author.
    std::string ask(std::string_view statement, foreign_query_limits const& limits = {}, std::int64_t organization = 1)
    {
        auto const got = run_foreign_query(db, organization_id{organization}, statement, limits);
        if (!got) return "error: " + (got.error().text.empty() ? got.error().code.message() : got.error().text);
        std::string all;
        for (auto const& row : got->rows) {
            if (!all.empty()) all += ';';
            for (auto const& value : row) all.append(&value == row.data() ? "" : "|").append(text_of(value));
        }
        return all;
    }
};

} // namespace weir::storage
